#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""exports.py: make the module definition files and the list in docs/ from the export table (exports.tsv).

usage: exports.py TABLE KIND OUTPUT

KIND is
  ntoskrnl   what ntoskrnl.exe exports: its own names, and forwarders for hal.dll's
  hal        what hal.dll exports: its own names and verbs, and forwarders for ntoskrnl.exe's
  ntoskrnl-import, hal-import   the same names for an import library that drivers link to (no verbs)
  verbs      hal.h's verbs, which ntoskrnl.exe imports; by ordinal, so that no driver finds them
  list       Markdown for people: what drivers can import, by family
"""
import sys

HOMES = {"ntoskrnl": "ntoskrnl.exe", "hal": "hal.dll"}
COLUMNS = ["name", "home", "kind", "family", "state", "page", "why"]


def read_table(path):
    """Return the rows of the table as dictionaries, by name; exit with a message on a bad line."""
    rows, header = {}, None
    with open(path, encoding="utf-8") as table:
        for number, line in enumerate(table, 1):
            line = line.rstrip("\n")
            if not line or line.startswith("#"):
                continue
            fields = line.split("\t")
            if header is None:
                if fields != COLUMNS:
                    sys.exit(f"{path}:{number}: the header is not {COLUMNS}")
                header = fields
                continue
            fields += [""] * (len(COLUMNS) - len(fields))
            row = dict(zip(COLUMNS, fields))
            problem = check_row(row, len(fields), rows)
            if problem:
                sys.exit(f"{path}:{number}: {row['name']}: {problem}")
            rows[row["name"]] = row
    return dict(sorted(rows.items()))


def check_row(row, fields, rows):
    """Return what is wrong with a row, or None."""
    if fields != len(COLUMNS):
        return f"{fields} columns"
    if row["name"] in rows:
        return "listed twice"
    if row["home"] not in ("ntoskrnl", "hal", "verb"):
        return f"no such home: {row['home']}"
    if row["kind"] not in ("function", "data"):
        return f"no such kind: {row['kind']}"
    if row["state"] not in ("works", "fails"):
        return f"no such state: {row['state']}"
    if row["state"] == "fails" and not row["why"]:
        return "fails without a reason"
    if not row["page"]:
        return "no reference page"
    return None


def definition(rows, kind):
    """Return the text of a module definition file."""
    image = kind.split("-")[0]
    importing = kind.endswith("-import")
    lines = [f"LIBRARY {HOMES[image if image != 'verbs' else 'hal']}", "EXPORTS"]
    ordinals = {name: ordinal for ordinal, name in enumerate(
        (name for name, row in rows.items() if row["home"] == "verb"), 1)}
    for name, row in rows.items():
        data = " DATA" if row["kind"] == "data" else ""
        if row["home"] == "verb":
            if kind in ("hal", "verbs"):
                lines.append(f"    {name} @{ordinals[name]} NONAME")
        elif kind == "verbs":
            continue
        elif row["home"] == image or importing:
            lines.append(f"    {name}{data}")
        else:
            lines.append(f"    {name} = {row['home']}.{name}{data}")
    return "\n".join(lines) + "\n"


def list_row(row):
    """Return the table row of one export in Markdown."""
    name = f"`{row['name']}`" + (" (data)" if row["kind"] == "data" else "")
    state = f"fails: {row['why']}" if row["state"] == "fails" else row["state"]
    cells = [name, HOMES[row["home"]], row["family"], state, row["page"]]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def markdown(rows):
    """Return the list of what drivers can import, in Markdown."""
    shown = [row for row in rows.values() if row["home"] != "verb"]
    shown.sort(key=lambda row: (row["family"], row["name"].lower()))
    works = sum(row["state"] == "works" for row in shown)
    return "\n".join([
        "# What drivers can import",
        "",
        f"{len(shown)} names; {works} work, {len(shown) - works} fail as documented.",
        "Each lives in the DLL named here and is a forwarder in the other one, so a driver may",
        "import it from either.  The verbs by which ntoskrnl.exe talks to hal.dll are not listed;",
        "they are in include/hal.h and no part of any driver's interface.",
        "",
        "This file is made from kernel/exports.tsv at every build.",
        "",
        "| name | DLL | family | state | reference page |",
        "|---|---|---|---|---|",
        *(list_row(row) for row in shown),
    ]) + "\n"


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    table, kind, output = sys.argv[1:]
    rows = read_table(table)
    text = markdown(rows) if kind == "list" else definition(rows, kind)
    with open(output, "w", encoding="utf-8") as out:
        out.write(text)


main()
