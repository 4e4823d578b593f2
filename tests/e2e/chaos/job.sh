# What one task does; a shell, because two hundred interpreters would be most of the test's time.
case $NAWS_PAYLOAD in
*succeed*) echo "$NAWS_RUN_ID" >>"$LEDGER" ;;
*fail*) exit 3 ;;
*hang*) exec sleep 600 ;;
*allocate*) exec python -S -c 'import time; block = bytearray(700 << 20); time.sleep(60)' ;;
esac
