"""The stage loyalty as an HTTP service: python3 loyalty.py [PORT]. See docs/remote-stage.md."""
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CENTS_PER_POINT = 100


class Loyalty(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # keeps connections alive
    disable_nagle_algorithm = True

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            order = json.loads(body)
            cents = int(order.get("total", "0.00").replace(".", ""))
            skus = [item["sku"] for item in order["items"]]
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            return self.answer(400, {"detail": f"this is no order: {error}"}, "application/problem+json")
        if "NO-POINTS" in skus:
            return self.answer(422, {"detail": "NO-POINTS earns no points"}, "application/problem+json")
        self.answer(200, {"points": cents // CENTS_PER_POINT}, "application/json")

    def answer(self, status, data, content_type):
        body = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    with ThreadingHTTPServer(("127.0.0.1", int((sys.argv + ["0"])[1])), Loyalty) as server:
        print(f"listening on http://127.0.0.1:{server.server_port}/", flush=True)
        server.serve_forever()
