# exec: SIGTERM has to reach the server, not a shell that waits for it.
exec uvicorn main:app --host 0.0.0.0 --port "$PORT" --no-access-log \
    --timeout-keep-alive "$NAWS_KEEP_ALIVE_SECONDS" --timeout-graceful-shutdown "$NAWS_REQUEST_TIMEOUT_SECONDS"
