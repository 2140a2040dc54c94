"""A hundred rooms on one tor: each becomes ready, and those are reached that are written to."""
import time

import harness
import tor_test_support
from tor_test_support import PATIENCE

ROOMS = 100
WRITTEN_TO = (0, 41, 99)
# Seconds.  Each room takes some twenty circuits, all of this machine's few relays and processors.
ALL_READY = 200


class ManyRooms(tor_test_support.TorTest):
    def make_rooms(self):
        """Hosted once each, on the loopback, which is quick."""
        owner = self.host("anna", "room-0")
        for n in range(1, ROOMS):
            room = self.stream("anna", "host", f"room-{n}", "--bind", "127.0.0.1")
            room.expect("ready")
            room.stop()
        owner.stop()

    def test_all_of_them(self):
        self.init("anna", "bob")
        self.use_shared("host", "anna")
        self.use_shared("member", "bob")
        self.make_rooms()
        began = time.monotonic()
        stream = self.stream("anna", "listen", *self.tor_flags("anna"))
        seen, times = {}, []
        while len(seen) < ROOMS:
            left = began + ALL_READY - time.monotonic()
            ready = stream.expect("ready", timeout=max(1, left))
            seen[ready["room"]] = ready["routes"]
            times.append(time.monotonic() - began)
        print(f"ready: the first after {times[0]:.1f} s, half after {times[ROOMS // 2]:.1f} s, "
              f"the last after {times[-1]:.1f} s")
        self.assertEqual({kind for routes in seen.values() for kind in [routes[0]["kind"]]},
                         {"onion"})
        self.assertEqual(len({routes[0]["address"] for routes in seen.values()}), ROOMS)
        for n in WRITTEN_TO:
            path = self.invite("anna", f"room-{n}", file=f"inv-{n}")
            done = self.send_tor("bob", f"to {n}", path)
            result = self.delivered_by_onion(done)
            self.assertEqual(stream.expect("message", room=f"room-{n}")["text"], f"to {n}")
            print(f"room {n}: delivered after {result['elapsed_ms'] / 1000:.1f} s")
        began = time.monotonic()
        self.assertEqual(stream.stop(), 143)
        print(f"ended within {time.monotonic() - began:.1f} s")
        with self.tors["anna"].control() as control:
            self.assertEqual(control.get_info("onions/current"), "")


if __name__ == "__main__":
    harness.main()
