"""The nightly report: sales CSVs in a bucket become a CSV, an HTML page, a JSON summary and a row of a table.

Data walks one way::

    parameters -> rates, storage (read) -> aggregate -> summary -> page -> storage (write)
"""
