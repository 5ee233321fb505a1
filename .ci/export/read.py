"""Reads what HQ exported with other programs' own libraries, and compares it to the fen."""

import csv
import datetime
import decimal
import pathlib
import subprocess
import sys
import tempfile
import urllib.request

import pyarrow.parquet
from prometheus_client.parser import text_string_to_metric_families

PROGRAM = sys.argv[1]
SALES = 2_000
DAY = datetime.date(2026, 11, 15)


def hq(root, command, *arguments, **more):
    """Runs a command of huitou-hq on the headquarters below `root`; returns what it said."""
    line = [PROGRAM, *command.split(), "--dir", str(root / "hq"), *map(str, arguments)]
    return subprocess.run(line, check=True, capture_output=True, text=True, **more).stdout


def lists(root):
    """A list of stores and one of sales, as a spreadsheet in China writes them."""
    stores, sales = root / "stores.csv", root / "sales.csv"
    stores.write_bytes("门店,城市\r\n湖\"滨店,杭州\r\n".replace('湖"滨店', '"湖""滨店"').encode("gb18030"))
    with sales.open("w", encoding="gb18030", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["日期", "门店", "小票号", "手机号", "金额", "品名", "数量"])
        for no in range(SALES):
            phone = f"139{1000 + no % 700:08d}" if no % 3 else ""
            time = f"{DAY} {9 + no % 12:02d}:{no % 60:02d}"
            rows.writerow([time, '湖"滨店', f"=A{no}", phone, f"{no}.{no % 100:02d}", "真丝,裙", 1])
    return stores, sales


def typed(name, text):
    """A field of the CSV as Parquet has it."""
    if text == "":
        return None
    if name == "day":
        return datetime.date.fromisoformat(text)
    if name == "printed_at":
        return datetime.datetime.fromisoformat(text)
    if name in ("total", "discount", "tax", "amount", "unit_price", "quantity"):
        return decimal.Decimal(text)
    if name in ("seq", "pieces", "line"):
        return int(text)
    if name in ("voided", "counts"):
        return text == "true"
    return text[1:] if text.startswith("'=") else text


def compare(root, what):
    """The CSV and the Parquet of one day, field by field."""
    with (root / f"{what}-{DAY}.csv").open(encoding="utf-8-sig", newline="") as file:
        written = [{n: typed(n, t) for n, t in row.items()} for row in csv.DictReader(file)]
    table = pyarrow.parquet.read_table(root / f"{what}-{DAY}.parquet")
    read = table.to_pylist()
    assert written == read, next((a, b) for a, b in zip(written, read) if a != b)
    return table


def export(root):
    for what in ("sales", "items"):
        for form in ("csv", "parquet"):
            hq(root, "export", what, root, "--from", DAY, "--format", form)
    sales = compare(root, "sales")
    items = compare(root, "items")
    assert sales.num_rows == items.num_rows == SALES
    assert str(sales.schema.field("total").type) == "decimal128(18, 2)", sales.schema
    assert str(sales.schema.field("day").type) == "date32[day]"
    expected = sum(decimal.Decimal(f"{no}.{no % 100:02d}") for no in range(SALES))
    assert sum(sales.column("total").to_pylist()) == expected
    members = {member for member in sales.column("member").to_pylist() if member}
    assert len(members) == len({no % 700 for no in range(SALES) if no % 3})
    for file in root.glob("*-*.csv"):
        assert "139000" not in file.read_text(encoding="utf-8"), file


def metrics(root):
    line = [PROGRAM, "serve", "--dir", str(root / "hq"), "--listen", "127.0.0.1:0"]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as server:
        try:
            address = server.stdout.readline().strip().removeprefix("listening on ")
            with urllib.request.urlopen(address + "/metrics") as answer:
                assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
                families = list(text_string_to_metric_families(answer.read().decode()))
        finally:
            server.terminate()
    assert {"huitou_stores_missing", "huitou_till_lag_seconds"} <= {f.name for f in families}


def main():
    with tempfile.TemporaryDirectory() as place:
        root = pathlib.Path(place)
        hq(root, "init")
        stores, sales = lists(root)
        hq(root, "import stores", stores, "--yes")
        said = hq(root, "import sales", sales, "--yes")
        assert f"new {SALES}, changed 0, the same 0, refused 0" in said, said
        export(root)
        metrics(root)
    print(f"{SALES} receipts: CSV, Parquet and the list they came from agree; the metrics parse")


if __name__ == "__main__":
    main()
