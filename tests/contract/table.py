# SPDX-License-Identifier: MIT
"""table.py: reads tests.tsv, the table of the contract tests."""
import os
import re

HERE = os.path.dirname(os.path.abspath(__file__))
ALL = [1, 2, 3, 4, 8, 64, 65, 255]


def read_table():
    """Return the rows of tests.tsv as dictionaries."""
    rows, header = [], None
    with open(os.path.join(HERE, "tests.tsv"), encoding="utf-8") as table:
        for line in table:
            line = line.rstrip("\n")
            if not line or line.startswith("#"):
                continue
            fields = line.split("\t")
            if header is None:
                header = fields
            else:
                rows.append(dict(zip(header, fields)))
    return rows


def sentence(driver):
    """Return the sentence that a driver, the first of several, proves: the first comment after its licence line."""
    with open(os.path.join(HERE, driver.split("+")[0] + ".c"), encoding="utf-8") as source:
        text = source.read().split("\n", 1)[1]
    comment = re.search(r"/\*\s*\*?\s*(.*?)\*/", text, re.S)
    return re.sub(r"\s*\n?\s*\*?\s+", " ", comment.group(1)).strip() if comment else driver


def processors_of(row):
    return ALL if row["processors"] == "all" else [int(n) for n in row["processors"].split()]
