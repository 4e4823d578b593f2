"""Commands that operate what is deployed, by the metadata `naws:runs` and for no pattern by its name.

commands*.py                what a shell gives
  states.py                 status: how each pattern does
  asked.py                  runs, show, logs: what there is; seen.py finds runs, lines.py what they print
  started.py                run, fire, send: what starts one
  failures.py, redrive.py   a command each: what is asked, what is printed
    found.py                what failed, of queues and history together
      deployed.py           which deployed patterns are concerned, in which account and region (where.py)
      queues.py             messages, received with care
      bodies.py             what a message is (failure.py)
      history.py            executions that failed
    again.py                how each is put back; journal.py remembers it
"""
