"""The UCI "Online Retail" file as stock events, and what they must add up to.

    online_retail.py [FILE]      NDJSON on standard output; the default is the one in $STOCKFOLD_DATA or ../shared/data

One row is one event: a positive quantity was sold, a negative one returned when the invoice is a cancellation (C…)
and otherwise adjusted, with the row's text as the reason. The node is the country. Rows have no id of their own, and
thousands are exact duplicates, so the id is the invoice and the ordinal of the row within it.
"""
import collections
import csv
import json
import lzma
import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = pathlib.Path(os.environ.get("STOCKFOLD_DATA", ROOT.parent / "shared/data")) / "online-retail-dataset.csv.xz"


def rows(path=DATA):
    with lzma.open(path, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def event_of(row, ordinal):
    quantity = int(row["Quantity"])
    event = {"id": f"{row['InvoiceNo']}-{ordinal}", "source": "pos", "type": "sold",
             "time": row["InvoiceDate"].replace(" ", "T") + "Z", "sku": row["StockCode"], "node": row["Country"],
             "qty": abs(quantity)}
    if quantity < 0 and row["InvoiceNo"].startswith("C"):
        event["type"] = "returned"
    elif quantity < 0:
        event.update(type="adjusted", qty=quantity)
        if row["Description"].strip():
            event["reason"] = row["Description"].strip()
    return event


def events(path=DATA):
    ordinals = collections.Counter()
    for row in rows(path):
        ordinals[row["InvoiceNo"]] += 1
        yield event_of(row, ordinals[row["InvoiceNo"]])


def sums(path=DATA):
    """{(stock code, country): units left}, straight from the rows: what was sold is gone, all else is as signed there,
    except that a cancellation brings back what it subtracts from the sales."""
    left = collections.Counter()
    for row in rows(path):
        quantity = int(row["Quantity"])
        sold_or_cancelled = quantity > 0 or row["InvoiceNo"].startswith("C")
        left[row["StockCode"], row["Country"]] += -quantity if sold_or_cancelled else quantity
    return left


def write(file, path=DATA):
    """All events as NDJSON bytes; returns how many."""
    count = 0
    for event in events(path):
        file.write(json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
        count += 1
    return count


if __name__ == "__main__":
    write(sys.stdout.buffer, *sys.argv[1:2])
