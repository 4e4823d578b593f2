"""Commands that operate what is deployed, by the metadata `naws:runs` and for no pattern by its name.

commands.py                 what a shell gives
  failures.py, redrive.py   a command each: what is asked, what is printed
    found.py                what failed, of queues and history together
      deployed.py           which deployed patterns are concerned, in which account and region (where.py)
      queues.py             messages, received with care
      bodies.py             what a message is (failure.py)
      history.py            executions that failed
    again.py                how each is put back; journal.py remembers it
"""
