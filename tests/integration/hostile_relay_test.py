"""Relays that lie, withhold, duplicate, reorder and tamper: what they do is noticed, said, and
another is used."""
import asyncio
import os
import unittest

import harness
import relays


class RelayTest(harness.SottoTest):
    def setUp(self):
        super().setUp()
        self.init("anna", "bert")

    def host_by(self, *hostiles):
        """Anna's room, held by these relays alone, and a connection file of it."""
        flags = [word for relay in hostiles for word in ("--relay", relay.url)]
        host = self.stream("anna", "host", "lobby", *flags)
        host.ready = host.expect("ready")
        return host, self.invite("anna", "lobby", "--uses", "5", "--force")

    def refused_by(self, relay, name, *flags):
        """A send through this relay alone fails, by that name, and nothing arrives."""
        host, invite = self.host_by(relay)
        done = self.send("bert", invite, "hello", "--timeout", "3s", *flags)
        self.assertEqual(done.json["error"]["code"], name, str(done))
        self.assertIn(relay.address, done.json["error"]["text"])
        self.assertNotIn(done.json["status"], ("delivered", "read"))
        self.assertEqual(host.messages(), [])
        return done

    def survives(self, bad, good):
        """With a good relay behind it in the list, words arrive once, and in order."""
        host, invite = self.host_by(bad, good)
        member = self.join("bert", invite)
        for number in range(5):
            member.type(f"{number}\n")
        for number in range(5):
            host.expect("message", text=str(number))
        self.assertEqual(member.link["address"], good.address)
        self.assertEqual(host.messages(), [str(number) for number in range(5)])
        return host, member


class AnHonestOne(RelayTest):
    """So that the tests below fail for the right reason."""

    def test_carries_words_and_more_than_one_message_holds(self):
        relay = relays.Relay(self)
        host, invite = self.host_by(relay)
        self.assertEqual(host.ready["routes"], [{"kind": "relay", "address": relay.address}])
        sent = self.delivered(self.send("bert", invite, "x" * 300_000))
        self.assertEqual((sent["route"], sent["address"]), ("relay", relay.address))
        host.expect("message", text="x" * 300_000)
        member = self.join("bert", "lobby")
        self.assertEqual((member.link["route"], member.link["address"]),
                         ("relay", relay.address))
        member.type("hello\n")
        host.expect("message", text="hello")
        self.assertEqual(relay.taken, 2)  # one link, one spliced pair


class Garbage(relays.Relay):
    async def on_hello(self, caller):
        caller.write(os.urandom(100))


class Silent(relays.Relay):
    async def on_hello(self, caller):
        pass


class Older(relays.Relay):
    async def on_hello(self, caller):
        caller.write(relays.field(1, relays.field(1, 7) + relays.field(2, bytes(32))))


class AtTheDoor(RelayTest):
    """What a host meets where it wants a relay to hold its room."""

    def fails(self, relay):
        host = self.stream("anna", "host", "lobby", "--relay", relay.url)
        error = host.expect("error", timeout=40)
        self.assertEqual(error["code"], "relay.none")
        self.assertIn(relay.address, error["text"])
        self.assertEqual(host.wait(), 6)
        return error["text"]

    def test_garbage(self):
        self.assertIn("cannot be understood", self.fails(Garbage(self)))

    def test_a_newer_version(self):
        self.assertIn("Update sotto", self.fails(Older(self)))

    def test_another_key_than_the_pin(self):
        relay = relays.Relay(self)
        relay.pin = "A" * 43
        self.assertIn("another key", self.fails(relay))
        self.assertFalse(relay.listeners)

    def test_the_next_of_the_list_is_used(self):
        good = relays.Relay(self)
        host, invite = self.host_by(Garbage(self), good)
        self.assertEqual(host.ready["routes"], [{"kind": "relay", "address": good.address}])
        self.delivered(self.send("bert", invite, "hello"))

    def test_one_that_says_nothing_keeps_nobody_from_the_next(self):
        good = relays.Relay(self)
        host, invite = self.host_by(Silent(self), good)
        self.assertEqual(host.ready["routes"], [{"kind": "relay", "address": good.address}])


class Withholds(relays.Relay):
    """Takes the slot, and tells nobody of anybody."""

    async def on_open(self, caller, number, slot):
        await asyncio.sleep(3600)


class SaysNobody(relays.Relay):
    async def on_open(self, caller, number, slot):
        caller.write(relays.refused(number, relays.NOBODY))


class AnswersAnother(relays.Relay):
    async def on_open(self, caller, number, slot):
        caller.write(relays.spliced(number + 1))


class Pretends(relays.Relay):
    """Splices with itself: answers what comes by itself, or says nothing."""

    answer = None

    async def on_open(self, caller, number, slot):
        caller.write(relays.spliced(number))
        while True:
            await caller.read()
            if self.answer:
                caller.write(self.answer)


class AtTheSplice(RelayTest):
    """What a member meets where it is to be spliced."""

    def test_it_withholds(self):
        host, invite = self.host_by(Withholds(self))
        done = self.send("bert", invite, "hello", "--timeout", "3s")
        self.assertIn(done.json["error"]["code"], ("relay.silent", "send.timeout"), str(done))
        self.assertEqual(host.messages(), [])

    def test_another_is_used_where_one_withholds(self):
        self.survives(Withholds(self), relays.Relay(self))

    def test_it_says_that_nobody_is_there(self):
        self.refused_by(SaysNobody(self), "relay.nobody")

    def test_it_answers_what_was_not_asked(self):
        done = self.refused_by(AnswersAnother(self), "relay.protocol")
        self.assertEqual(done.code, 6)

    def test_it_is_somebody_else(self):
        relay = Pretends(self)
        relay.answer = os.urandom(514)
        self.refused_by(relay, "relay.not_host")

    def test_another_is_used_and_the_liar_named(self):
        liar = Pretends(self)
        liar.answer = os.urandom(514)
        host, member = self.survives(liar, relays.Relay(self))
        notice = next(event for event in member.all if event["event"] == "notice"
                      and event["code"] == "relay.not_host")
        self.assertIn(liar.address, notice["text"])

    def test_another_is_used_where_one_says_nobody_or_answers_wrongly(self):
        for bad in (SaysNobody(self), AnswersAnother(self)):
            with self.subTest(type(bad).__name__):
                host, member = self.survives(bad, relays.Relay(self))
                member.stop()
                host.stop()


class Wrong(relays.Relay):
    """Carries the first messages as they are, and then does what `spoil` makes of one."""

    def __init__(self, test, after):
        super().__init__(test)
        self.after, self.carried, self.spoilt, self.kept = after, 0, 0, None

    def carry(self, caller, message):
        self.carried += 1
        if self.carried <= self.after or self.spoilt:
            yield message
            return
        self.spoilt += 1
        self.note()
        yield from self.spoil(message)


class Tampers(Wrong):
    def spoil(self, message):
        yield message[:-1] + bytes([message[-1] ^ 1])


class Duplicates(Wrong):
    def spoil(self, message):
        yield message
        yield message


class Drops(Wrong):
    def spoil(self, message):
        return iter(())


class Inserts(Wrong):
    def spoil(self, message):
        yield os.urandom(514)
        yield message


class Reorders(Wrong):
    """One message goes behind the next of its direction."""

    def carry(self, caller, message):
        if self.kept and self.kept[0] is caller:
            yield message
            yield self.kept[1]
            self.kept = None
        elif self.carried >= self.after and not self.spoilt:
            self.spoilt += 1
            self.kept = (caller, message)
        else:
            self.carried += 1
            yield message


class InMidConversation(RelayTest):
    """What it does to a link that stands: the link is lost, the session is not."""

    def goes_on(self, bad):
        good = relays.Relay(self)
        host, invite = self.host_by(bad, good)
        member = self.join("bert", invite)
        self.assertEqual(member.link["address"], bad.address)
        said = [f"word {number}" for number in range(20)]
        for text in said:
            member.type(text + "\n")
        member.expect("link", address=good.address, timeout=60)
        member.type("the last\n")
        host.expect("message", text="the last", timeout=60)
        self.assertEqual(host.messages(), [*said, "the last"])
        self.assertGreaterEqual(bad.spoilt, 1)
        return host, member

    def test_it_tampers(self):
        host, member = self.goes_on(Tampers(self, after=5))
        # By the one who has seen it.
        said = [event.get("detail", "") for event in member.all if event["event"] == "progress"]
        said += [event["text"] for event in host.all if event["event"] == "error"]
        self.assertIn("changed or lost", " ".join(said))

    def test_it_duplicates(self):
        self.goes_on(Duplicates(self, after=5))

    def test_it_drops(self):
        self.goes_on(Drops(self, after=5))

    def test_it_reorders(self):
        self.goes_on(Reorders(self, after=5))

    def test_it_inserts(self):
        self.goes_on(Inserts(self, after=5))

    def test_it_tampers_with_the_handshake(self):
        for after in (0, 1, 2):
            with self.subTest(after=after):
                bad, good = Tampers(self, after), relays.Relay(self)
                host, invite = self.host_by(bad, good)
                self.delivered(self.send("bert", invite, f"hello {after}"))
                self.assertEqual(host.messages().count(f"hello {after}"), 1)
                host.stop()


class Floods(relays.Relay):
    async def on_listen(self, caller, number, slot):
        await super().on_listen(caller, number, slot)
        for _ in range(10_000):
            caller.write(relays.incoming(os.urandom(32)))

    async def on_take(self, caller, number, ticket):
        if ticket in self.waiting:
            await super().on_take(caller, number, ticket)


class AtTheHost(RelayTest):
    """What a host meets once its room is held."""

    def test_it_tells_of_people_who_are_not_there(self):
        bad, good = Floods(self), relays.Relay(self)
        host, invite = self.host_by(bad, good)
        good.until(lambda: good.listeners)
        sent = self.delivered(self.send("bert", invite, "hello", "--relay", good.url))
        self.assertEqual(sent["address"], good.address)

    def test_an_answer_that_nobody_has_asked_for(self):
        relay, other = relays.Relay(self), relays.Relay(self)
        host, invite = self.host_by(relay, other)
        relay.until(lambda: relay.listeners)
        [listener] = relay.listeners.values()
        relay.say(lambda: listener.write(relays.done(9)))
        lost = host.expect("notice", code="relay.lost")
        self.assertIn(relay.address, lost["text"])
        self.delivered(self.send("bert", invite, "hello"))
        self.assertIn(relay.address, host.expect("notice", code="relay.back")["text"])


if __name__ == "__main__":
    unittest.main()
