"""The nightly report: sales CSVs in a bucket become a CSV, an HTML page and a JSON summary.

Data walks one way::

    parameters -> storage (read) -> aggregate -> summary -> page -> storage (write)
"""
