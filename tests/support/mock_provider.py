#!/usr/bin/env python3
"""A provider of payments and shipments with a ledger of its own, to try the checkout workflow and to test it.

    python3 tests/support/mock_provider.py --listen 127.0.0.1:9300 --decline 0.1 --fault 0.2

POST /charges, /refunds and /shipments create something once for an Idempotency-Key. GET /charges?key=K, /refunds?key=K and
/shipments?key=K find it: they answer as the POST did, or 404. GET /shipments/ID tracks a parcel. GET /ledger shows everything,
with amounts in cents, and what was refused. A fault hits a request at random: no answer before or after its effect, 500 with
or without it, 503 and 429 with Retry-After, a slow answer. PUT /faults {"share": 0.9, "kinds": ["late"]} changes how many
requests and with what; "late" is an effect that comes so late that the client has given up. With --ledger FILE the ledger
outlives the process.
"""
import argparse
import json
import random
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

FAULTS = ["drop_before", "drop_after", "error", "error_after", "busy", "limited", "slow"]
LATE = "late"


def cents(amount):
    """Exact: "12.50" is 1250. Raises ValueError for anything but a text with two decimals."""
    whole, _, decimals = amount.partition(".")
    if not (whole.isascii() and whole.isdigit() and decimals.isascii() and decimals.isdigit() and len(decimals) == 2):
        raise ValueError(f"not an amount: {amount!r}")
    return int(whole) * 100 + int(decimals)


class Ledger:
    """What was created, by collection and key. A key that was refused stays refused. With a file, it begins with what an
    earlier process wrote there, and writes each entry there before it is answered."""

    def __init__(self, options):
        self.options = options
        self.share, self.kinds = options.fault, FAULTS
        self.lock = threading.Lock()
        self.answers = {"charges": {}, "refunds": {}, "shipments": {}}
        self.repeated = 0  # requests with a key that had its answer already
        self.requests = 0
        self.double = []  # charges of one order, or refunds of one charge, beyond the first
        self.dice = random.Random(options.seed)
        self.file = open(options.ledger, "a+", encoding="utf-8") if options.ledger else None
        self.read_file()

    def read_file(self):
        if self.file is None:
            return
        self.file.seek(0)
        for line in self.file:
            entry = json.loads(line)
            self.answers[entry["collection"]][entry["key"]] = (entry["status"], entry["created"])
            self.double += entry["double"]

    def write(self, collection, key, status, created, double):
        if self.file is None:
            return
        entry = {"collection": collection, "key": key, "status": status, "created": created, "double": double}
        self.file.write(json.dumps(entry) + "\n")
        self.file.flush()

    def set_faults(self, body):
        if set(body["kinds"]) - set(FAULTS + [LATE]):
            raise ValueError("an unknown kind of fault")
        with self.lock:
            self.share, self.kinds = float(body["share"]), body["kinds"]
        return 200, body

    def fault(self):
        with self.lock:
            self.requests += 1
            return self.dice.choice(self.kinds) if self.dice.random() < self.share else ""

    def chance(self, name, key):
        """The same for the same key, whatever the order of the requests is."""
        return random.Random(f"{self.options.seed} {name} {key}").random()

    def create(self, collection, key, body):
        with self.lock:
            answers = self.answers[collection]
            if key in answers and not self.options.forget_keys:
                self.repeated += 1
                return answers[key]
            double_before = len(self.double)
            status, created = getattr(self, "new_" + collection)(key, body)
            created["id"] = f"{collection[:2]}_{len(answers) + len(self.double)}"
            answers[key] = (status, created)
            self.write(collection, key, status, created, self.double[double_before:])
            return answers[key]

    def new_charges(self, key, body):
        amount = cents(body["amount"])
        if self.chance("decline", key) < self.options.decline:
            return 402, {"title": "card declined"}
        if any(c["order_id"] == body["order_id"] for s, c in self.answers["charges"].values() if s == 201):
            self.double.append(key)
        return 201, {"order_id": body["order_id"], "amount": body["amount"], "cents": amount}

    def new_refunds(self, key, body):
        charge = next((c for s, c in self.answers["charges"].values() if s == 201 and c["id"] == body["charge"]), None)
        if charge is None or cents(body["amount"]) != charge["cents"]:
            return 422, {"title": "no such charge, or another amount"}
        if any(r["charge"] == body["charge"] for s, r in self.answers["refunds"].values() if s == 201):
            self.double.append(key)
        return 201, {"charge": body["charge"], "order_id": charge["order_id"], "amount": body["amount"],
                     "cents": charge["cents"]}

    def new_shipments(self, key, body):
        if self.chance("refuse", key) < self.options.refuse:
            return 422, {"title": "no delivery to this address"}
        is_lost = self.chance("lose", key) < self.options.lose
        return 201, {"order_id": body["order_id"], "requested_at": time.time(), "ends_as": "lost" if is_lost else "delivered"}

    def find(self, collection, key):
        with self.lock:
            return self.answers[collection].get(key, (404, {"title": "not found"}))

    def track(self, shipment_id):
        with self.lock:
            found = [s for status, s in self.answers["shipments"].values() if status == 201 and s["id"] == shipment_id]
        if not found:
            return 404, {"title": "not found"}
        is_over = time.time() >= found[0]["requested_at"] + self.options.transit
        return 200, {"id": shipment_id, "status": found[0]["ends_as"] if is_over else "in transit"}

    def show(self):
        with self.lock:
            made = {name: [c for s, c in answers.values() if s == 201] for name, answers in self.answers.items()}
            refused = [key for answers in self.answers.values() for key, (status, _) in answers.items() if status != 201]
            return 200, {**made, "refused": refused, "double": self.double, "repeated": self.repeated,
                         "requests": self.requests}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        url = urlsplit(self.path)
        collection, _, item = url.path.strip("/").partition("/")
        key = parse_qs(url.query).get("key", [""])[0]
        if collection == "ledger":
            self.answer(*self.server.ledger.show())
        elif collection == "shipments" and item:
            self.with_fault(lambda: self.server.ledger.track(item))
        elif collection in self.server.ledger.answers and key:
            self.with_fault(lambda: self.server.ledger.find(collection, key))
        else:
            self.answer(404, {"title": "not found"})

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        collection = self.path.strip("/")
        key = self.headers.get("Idempotency-Key", "")
        if collection not in self.server.ledger.answers or not key:
            return self.answer(400, {"title": "send a charge, refund or shipment with an Idempotency-Key"})
        try:
            order = json.loads(body)
            self.with_fault(lambda: self.server.ledger.create(collection, key, order))
        except (ValueError, KeyError) as error:
            self.answer(400, {"title": str(error)})

    def do_PUT(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path != "/faults":
            return self.answer(404, {"title": "not found"})
        try:
            self.answer(*self.server.ledger.set_faults(json.loads(body)))
        except (ValueError, KeyError) as error:
            self.answer(400, {"title": str(error)})

    def with_fault(self, act):
        fault = self.server.ledger.fault()
        if fault == "drop_before":
            self.close_connection = True
        elif fault == "error":
            self.answer(500, {"title": "broken"})
        elif fault in ("busy", "limited"):
            self.answer(503 if fault == "busy" else 429, {"title": fault}, {"Retry-After": "1"})
        else:
            if fault == LATE:
                time.sleep(self.server.ledger.options.late)
            status, answer = act()
            if fault == "slow":
                time.sleep(self.server.ledger.options.slow)
            if fault == "drop_after":
                self.close_connection = True
            elif fault == "error_after":
                self.answer(500, {"title": "broken, after the effect"})
            else:
                self.answer(status, answer)

    def answer(self, status, answer, headers=None):
        text = json.dumps(answer).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 4096

    def handle_error(self, *_):
        pass  # a client that went away


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--listen", default="127.0.0.1:9300", help="address and port; port 0: any free one")
    parser.add_argument("--seed", default="1", help="of everything that is random")
    parser.add_argument("--decline", type=float, default=0, help="share of declined charges")
    parser.add_argument("--refuse", type=float, default=0, help="share of refused shipments")
    parser.add_argument("--lose", type=float, default=0, help="share of lost parcels")
    parser.add_argument("--fault", type=float, default=0, help="share of requests with a fault")
    parser.add_argument("--transit", type=float, default=2, help="seconds until a parcel arrives")
    parser.add_argument("--slow", type=float, default=0.5, help="seconds that a slow answer takes")
    parser.add_argument("--late", type=float, default=1.5, help="seconds until a late effect")
    parser.add_argument("--ledger", help="file that keeps the ledger; it may exist")
    parser.add_argument("--forget-keys", action="store_true", help="a repeated POST is a new one; GET still finds the key")
    options = parser.parse_args()
    host, _, port = options.listen.rpartition(":")
    server = Server((host, int(port)), Handler)
    server.ledger = Ledger(options)
    print(f"listening on {host}:{server.server_address[1]}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
