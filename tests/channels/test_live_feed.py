"""Over real sockets: joins, catch-up, live entries, states, presence and rights."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

import msgspec
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from channels import frames
from channels.errors import CloseCode, Refused, Unreachable
from channels.ports import Replayed
from tests.channels.desk import CALM, PATIENCE, QUICK, Node, Reader, Rights, Store, eventually, running_node


class Talk:
    """A bare socket, frame by frame, without any cleverness."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def say(self, **frame: object) -> None:
        await self.socket.send(json.dumps(frame))

    async def hear(self) -> frames.ServerFrame:
        async with asyncio.timeout(PATIENCE):
            return frames.decode_server(await self.socket.recv())

    async def hear_until(self, kind: type[frames.Frame]) -> list[frames.ServerFrame]:
        """Everything up to and including the first frame of a kind."""
        heard: list[frames.ServerFrame] = []
        while not heard or not isinstance(heard[-1], kind):
            heard.append(await self.hear())
        return heard

    async def join(self, topic: str, since: int | None = None) -> list[frames.ServerFrame]:
        await self.say(type="join", topic=topic, since=since, ref="r")
        last = frames.Resync if topic.startswith("queue") else frames.UpToDate
        return await self.hear_until(last)


async def talk(node: Node, who: str, **options: object) -> Talk:
    socket = await connect(node.url, additional_headers={"Cookie": f"who={who}"}, **options)  # type: ignore[arg-type]
    conversation = Talk(socket)
    assert isinstance(await conversation.hear(), frames.Welcome)
    return conversation


@pytest.mark.parametrize("native", [True, False], ids=["transport", "asgi"])
async def test_who_joins_gets_what_was_and_what_comes(native: bool) -> None:
    async with running_node(native=native, timing=CALM) as node:
        for number in range(700):
            node.write("case/42", f"old {number}")
        async with node.client("maria") as client:
            reader = Reader(client, "case/42")
            await reader.until(700)
            for number in range(300):
                node.write("case/42", f"new {number}")
            await reader.until(1000)
            reader.check(node.store.logs["case/42#staff"])


async def test_the_answer_to_a_join_says_where_the_log_stands_and_when_it_is_proven() -> None:
    async with running_node(timing=CALM) as node:
        for text in ("one", "two", "three"):
            node.write("case/42", text)
        maria = await talk(node, "maria")
        joined, entry, proven = await maria.join("case/42", since=2)
        assert isinstance(joined, frames.Joined)
        assert (joined.topic, joined.ref, joined.head) == ("case/42", "r", 3)
        assert [person.name for person in joined.people] == ["Maria Keller"]
        assert isinstance(entry, frames.Entry)
        assert entry.position == 3
        assert proven == frames.UpToDate("case/42", 3)


async def test_without_since_only_what_comes_is_sent() -> None:
    async with running_node(timing=CALM) as node:
        node.write("case/42", "old")
        maria = await talk(node, "maria")
        _, proven = await maria.join("case/42")
        assert proven == frames.UpToDate("case/42", 1)
        node.write("case/42", "new")
        entry = (await maria.hear_until(frames.Entry))[-1]
        assert isinstance(entry, frames.Entry)
        assert entry.position == 2
        assert json.loads(bytes(entry.entry)) == {"text": "new"}


async def test_a_customer_sees_public_entries_only_and_no_hole_tells_of_others() -> None:
    async with running_node() as node, node.client("aino") as aino, node.client("maria") as maria:
        customer, agent = Reader(aino, "case/42"), Reader(maria, "case/42")
        for number in range(60):
            node.write("case/42", f"{number}", internal=number % 3 == 0)
        await customer.until(40)
        await agent.until(60)
        customer.check(node.store.logs["case/42#public"])
        agent.check(node.store.logs["case/42#staff"])


async def test_entries_nobody_published_are_found_by_comparing_heads() -> None:
    async with running_node() as node, node.client("maria") as client:
        reader = Reader(client, "case/42")
        for number in range(50):
            node.write("case/42", f"{number}", publish=number % 7 != 6)
        await reader.until(50)
        node.write("case/42", "silent", publish=False)
        await reader.until(51)
        reader.check(node.store.logs["case/42#staff"])


async def test_publishing_out_of_order_and_twice_is_put_in_order() -> None:
    async with running_node(timing=CALM) as node, node.client("maria") as client:
        reader = Reader(client, "case/42")
        node.write("case/42", "first")
        await reader.until(1)
        committed = [node.store.commit("case/42#staff", {"n": n}) for n in range(5)]
        for position, raw in (committed[2], committed[0], committed[0], committed[1], committed[4], committed[3]):
            node.hub.publish_entry("case/42#staff", position, raw)
        await reader.until(6)
        reader.check(node.store.logs["case/42#staff"])


async def test_positions_beyond_the_log_mean_starting_over() -> None:
    async with running_node(timing=CALM) as node:
        node.write("case/42", "one")
        maria = await talk(node, "maria")
        heard = await maria.join("case/42", since=9)
        assert frames.Resync("case/42", "ahead", 1) in heard
        node.write("case/42", "two")
        entry = (await maria.hear_until(frames.Entry))[-1]
        assert isinstance(entry, frames.Entry)
        assert entry.position == 2


async def test_a_restored_backup_means_starting_over() -> None:
    async with running_node() as node, node.client("maria") as client:
        reader = Reader(client, "case/42")
        for number in range(5):
            node.write("case/42", f"{number}")
        await reader.until(5)
        del node.store.logs["case/42#staff"][3:]
        await eventually(lambda: bool(reader.resyncs))
        assert reader.resyncs[0] == frames.Resync("case/42", "rewound", 3)
        node.write("case/42", "after the restore")
        await eventually(lambda: reader.positions[5:] == [4])


async def test_a_topic_that_is_refused_leaves_the_socket_alone() -> None:
    async with running_node(timing=CALM) as node:
        aino = await talk(node, "aino")
        await aino.say(type="join", topic="queue/7", ref="q")
        assert await aino.hear() == frames.Refused("queue/7", "not_found", "There is no such topic.", "q")
        await aino.say(type="join", topic="case/secret")
        refused = await aino.hear()
        assert isinstance(refused, frames.Refused)
        assert refused.code == "forbidden"
        assert isinstance((await aino.join("case/42"))[0], frames.Joined)


async def test_the_client_raises_what_was_refused() -> None:
    async with running_node(timing=CALM) as node, node.client("aino") as client:
        with pytest.raises(Refused, match="not yours"):
            async for _ in client.follow("case/secret"):
                pass


async def test_a_person_reads_only_their_own_notifications() -> None:
    async with running_node(timing=CALM) as node, node.client("maria") as maria, node.client("tomas") as tomas:
        hers, his = Reader(maria, "person/me"), Reader(tomas, "person/me")
        for stream in ("person/user/1", "person/user/2", "person/user/1"):
            node.hub.publish_entry(stream, *node.store.commit(stream, {"for": stream}))
        await hers.until(2)
        await his.until(1)
        hers.check(node.store.logs["person/user/1"])
        his.check(node.store.logs["person/user/2"])


async def test_a_state_is_loaded_after_joining_and_then_changes_live() -> None:
    async with running_node(timing=CALM) as node:
        maria = await talk(node, "maria")
        joined, resync = await maria.join("queue/7")
        assert isinstance(joined, frames.Joined)
        assert resync == frames.Resync("queue/7", "joined", 0)
        node.hub.publish_state("queue/7", frames.Row("", "case/42", 3, msgspec.Raw(b'{"subject":"Bread"}')))
        node.hub.publish_state("queue/7", frames.Counters("", 3, {"open": 1}))
        node.hub.publish_state("queue/7", frames.Gone("queue/7", "case/42", 4))
        row = (await maria.hear_until(frames.Row))[-1]
        assert isinstance(row, frames.Row)
        assert (row.topic, row.key, row.version, bytes(row.row)) == ("queue/7", "case/42", 3, b'{"subject":"Bread"}')
        assert await maria.hear() == frames.Counters("queue/7", 3, {"open": 1})
        assert await maria.hear() == frames.Gone("queue/7", "case/42", 4)


async def test_changes_of_states_that_nobody_published_are_asked_for() -> None:
    waiting: list[tuple[str, frames.StateFrame]] = []

    async def changes() -> Sequence[tuple[str, frames.StateFrame]]:
        answer = waiting.copy()
        waiting.clear()
        return answer

    async with running_node(changes=changes) as node:
        maria = await talk(node, "maria")
        await maria.join("queue/7")
        waiting.append(("queue/7", frames.Gone("", "case/42", 9)))
        assert (await maria.hear_until(frames.Gone))[-1] == frames.Gone("queue/7", "case/42", 9)


async def test_doubt_makes_everybody_load_states_anew_when_nobody_knows_what_changed() -> None:
    async with running_node(timing=CALM) as node:
        maria = await talk(node, "maria")
        await maria.join("queue/7")
        node.hub.doubt()
        assert (await maria.hear_until(frames.Resync))[-1] == frames.Resync("queue/7", "doubt", 0)


async def test_typing_is_seen_by_both_sides_unless_it_is_private() -> None:
    async with running_node(timing=CALM) as node:
        maria, aino = await talk(node, "maria"), await talk(node, "aino")
        await maria.join("case/42", since=0)
        await aino.join("case/42", since=0)
        await maria.say(type="typing", topic="case/42", on=True, private=True)
        await maria.say(type="typing", topic="case/42", on=True)
        await maria.say(type="typing", topic="case/42", on=False)
        assert (await aino.hear_until(frames.Typing))[-1] == frames.Typing("case/42", "user/1", "Maria Keller", True)
        assert (await aino.hear_until(frames.Typing))[-1] == frames.Typing("case/42", "user/1", "Maria Keller", False)
        await aino.say(type="typing", topic="case/42", on=True)
        heard = await maria.hear_until(frames.Typing)
        while heard[-1].member != "user/3":  # type: ignore[union-attr]
            heard = await maria.hear_until(frames.Typing)
        assert heard[-1] == frames.Typing("case/42", "user/3", "Aino Virtanen", True)


async def test_presence_counts_tabs_as_one_person_and_tells_who_left() -> None:
    async with running_node() as node:
        maria = await talk(node, "maria")
        await maria.join("case/42")
        first, second = await talk(node, "aino"), await talk(node, "aino")
        await first.join("case/42")
        heard = (await maria.hear_until(frames.People))[-1]
        while not any(person.member == "user/3" for person in heard.joined):  # type: ignore[union-attr]
            heard = (await maria.hear_until(frames.People))[-1]
        joined = (await second.join("case/42"))[0]
        assert isinstance(joined, frames.Joined)
        assert [person.name for person in joined.people] == ["Aino Virtanen", "Maria Keller"]
        await second.say(type="here", topic="case/42", doing="editing")
        assert (await maria.hear_until(frames.People))[-1].joined == [  # type: ignore[union-attr]
            frames.Person("user/3", "Aino Virtanen", "editing")
        ]
        await second.socket.close()
        assert (await maria.hear_until(frames.People))[-1].joined == [  # type: ignore[union-attr]
            frames.Person("user/3", "Aino Virtanen", "viewing")
        ]
        await first.say(type="leave", topic="case/42")
        assert (await first.hear_until(frames.Left))[-1] == frames.Left("case/42", "asked")
        assert (await maria.hear_until(frames.People))[-1].left == ["user/3"]  # type: ignore[union-attr]


async def test_what_was_read_is_told_and_kept() -> None:
    async with running_node(timing=CALM) as node:
        node.write("case/42", "one")
        maria, tomas = await talk(node, "maria"), await talk(node, "tomas")
        await maria.join("case/42")
        await tomas.join("case/42")
        await tomas.say(type="read", topic="case/42", position=1)
        assert (await maria.hear_until(frames.Read))[-1] == frames.Read("case/42", "user/2", 1)
        await eventually(lambda: node.kept_reads == [("user/2", "case/42#staff", 1)])


async def test_withdrawn_rights_stop_everything_at_once_and_lose_nothing_before() -> None:
    async with running_node(timing=CALM) as node:
        aino, pavel = await talk(node, "aino"), await talk(node, "pavel")
        await aino.join("case/42", since=0)
        await pavel.join("case/42", since=0)
        for number in range(20):
            node.write("case/42", f"before {number}")
        node.rights.withdrawn.add(("user/3", "case/42"))
        node.hub.rights_changed(member="user/3")
        for number in range(20):
            node.write("case/42", f"after {number}")
        heard = await aino.hear_until(frames.Left)
        assert heard[-1] == frames.Left("case/42", "rights")
        assert [frame.position for frame in heard if isinstance(frame, frames.Entry)] == list(range(1, 21))
        await aino.say(type="ping")
        assert [type(frame) for frame in await aino.hear_until(frames.Pong)] == [frames.Pong]
        await aino.say(type="join", topic="case/42", since=20)
        assert isinstance(await aino.hear(), frames.Refused)
        others = [await pavel.hear_until(frames.Entry) for _ in range(40)]
        assert [part[-1].position for part in others] == list(range(1, 41))  # type: ignore[union-attr]


async def test_confirmed_rights_continue_without_a_gap() -> None:
    async with running_node(timing=CALM) as node, node.client("aino") as client:
        reader = Reader(client, "case/42")
        for number in range(200):
            node.write("case/42", f"{number}")
            if number % 10 == 0:
                node.hub.rights_changed(topic="case/42")
                await asyncio.sleep(0)
        await reader.until(200)
        reader.check(node.store.logs["case/42#public"])


async def test_while_nobody_can_say_whether_rights_remain_nothing_is_sent() -> None:
    async with running_node(timing=CALM) as node:
        aino = await talk(node, "aino")
        await aino.join("case/42", since=0)
        node.rights.down = True
        node.hub.rights_changed(stream="case/42#public")
        node.write("case/42", "perhaps no longer theirs")
        await aino.say(type="ping")
        heard = await aino.hear_until(frames.Pong)
        assert not [frame for frame in heard if isinstance(frame, frames.Entry)]
        node.rights.down = False
        assert (await aino.hear_until(frames.Entry))[-1].position == 1  # type: ignore[union-attr]


async def test_rights_that_ended_silently_are_noticed_in_time() -> None:
    async with running_node(timing=QUICK) as node:
        aino = await talk(node, "aino")
        await aino.join("case/42", since=0)
        node.rights.withdrawn.add(("user/3", "case/42"))
        assert (await aino.hear_until(frames.Left))[-1] == frames.Left("case/42", "rights")


async def test_signing_out_closes_the_sockets_of_the_session_for_good() -> None:
    async with running_node(timing=CALM) as node, node.client("aino") as gone, node.client("maria") as stays:
        reader, other = Reader(gone, "case/42"), Reader(stays, "case/42")
        node.write("case/42", "one")
        await reader.until(1)
        await other.until(1)
        node.hub.sign_out("session-aino")
        await eventually(lambda: reader.error is not None)
        assert isinstance(reader.error, Unreachable)
        assert reader.error.close_code == CloseCode.SIGNED_OUT
        node.write("case/42", "two")
        await other.until(2)
        assert len(node.hub.connections) == 1


async def test_strangers_and_foreign_pages_are_told_not_to_come_back() -> None:
    async with running_node(timing=CALM) as node:
        for headers, code in (
            ({"Cookie": "who=nobody"}, CloseCode.SIGNED_OUT),
            ({"Cookie": "who=maria", "Origin": "https://evil.example"}, CloseCode.FORBIDDEN),
        ):
            async with connect(node.url, additional_headers=headers) as socket:
                with pytest.raises(ConnectionClosed):
                    await socket.recv()
                assert socket.close_code == code
        async with connect(
            node.url, additional_headers={"Cookie": "who=maria", "Origin": f"http://127.0.0.1:{node.port}"}
        ) as socket:
            assert isinstance(frames.decode_server(await socket.recv()), frames.Welcome)


async def test_a_store_that_is_away_delays_but_loses_nothing() -> None:
    async with running_node() as node:
        node.store.down = True
        async with node.client("maria") as late, node.client("tomas") as early:
            node.store.down = False
            first = Reader(early, "case/42")
            node.write("case/42", "one")
            await first.until(1)
            node.store.down = True
            second = Reader(late, "case/42")
            node.write("case/42", "two", publish=False)
            node.write("case/42", "three")
            asked = node.store.questions
            await eventually(lambda: node.store.questions > asked + 2)
            assert first.positions == [1]
            node.store.down = False
            await first.until(3)
            await second.until(3)
            first.check(node.store.logs["case/42#staff"])
            second.check(node.store.logs["case/42#staff"])


async def test_a_join_that_cannot_be_answered_is_refused_as_unavailable() -> None:
    store, rights = Store(), Rights()
    async with running_node(store=store, rights=rights, timing=CALM) as node:
        maria = await talk(node, "maria")
        store.down = True
        await maria.say(type="join", topic="case/42", since=0)
        refused = await maria.hear()
        assert isinstance(refused, frames.Refused)
        assert refused.code == "unavailable"
        store.down, rights.down = False, True
        await maria.say(type="join", topic="case/42", since=0)
        refused = await maria.hear()
        assert isinstance(refused, frames.Refused)
        assert refused.code == "unavailable"
        rights.down = False
        assert isinstance((await maria.join("case/42", since=0))[0], frames.Joined)


async def test_a_peer_that_falls_silent_is_dropped() -> None:
    async with running_node(timing=QUICK) as node:
        quiet = await talk(node, "maria", ping_interval=None)
        quiet.socket.transport.pause_reading()
        await eventually(lambda: not node.hub.connections)


async def test_binary_frames_are_no_frames() -> None:
    async with running_node(timing=CALM) as node:
        maria = await talk(node, "maria")
        await maria.socket.send(b"\x00")
        with pytest.raises(ConnectionClosed):
            await maria.hear()
        assert maria.socket.close_code == CloseCode.PROTOCOL_ERROR


async def test_rights_questioned_while_a_join_is_under_way_do_not_open_the_door_early() -> None:
    async with running_node(timing=CALM) as node:
        for number in range(3):
            node.write("case/42", f"{number}")
        ask, asked, answer = node.store.replay, asyncio.Event(), asyncio.Event()

        async def slow_replay(stream: str, after: int, limit: int) -> Replayed:
            page = await ask(stream, after, limit)
            asked.set()
            await answer.wait()
            return page

        node.store.replay = slow_replay  # type: ignore[method-assign]
        maria = await talk(node, "maria")
        await maria.say(type="join", topic="case/42", since=0)
        await asyncio.wait_for(asked.wait(), PATIENCE)
        node.hub.rights_changed(topic="case/42")
        await eventually(lambda: not any(s.suspended for c in node.hub.connections.values() for s in c.seats.values()))
        node.write("case/42", "published while the store answers")
        answer.set()
        heard = await maria.hear_until(frames.UpToDate)
        assert isinstance(heard[0], frames.Joined)
        assert [frame.position for frame in heard if isinstance(frame, frames.Entry)] == [1, 2, 3, 4]


async def test_rights_withdrawn_while_a_join_is_under_way_refuse_it() -> None:
    async with running_node(timing=CALM) as node:
        ask, asked, answer = node.store.heads, asyncio.Event(), asyncio.Event()

        async def slow_heads(streams: Sequence[str]) -> Mapping[str, int]:
            heads = await ask(streams)
            asked.set()
            await answer.wait()
            return heads

        node.store.heads = slow_heads  # type: ignore[method-assign]
        aino = await talk(node, "aino")
        await aino.say(type="join", topic="case/42")
        await asyncio.wait_for(asked.wait(), PATIENCE)
        node.rights.withdrawn.add(("user/3", "case/42"))
        node.hub.rights_changed(member="user/3")
        await eventually(lambda: not node.hub.streams)
        answer.set()
        refused = await aino.hear()
        assert isinstance(refused, frames.Refused)
        assert refused.code == "forbidden"


async def test_one_doorbell_is_enough_to_fetch_all_that_was_missed_before_it() -> None:
    async with running_node(timing=CALM) as node, node.client("maria") as client:
        reader = Reader(client, "case/42")
        node.write("case/42", "first")
        await reader.until(1)
        for number in range(450):
            node.write("case/42", f"{number}", publish=False)
        node.write("case/42", "last")
        await reader.until(452)
        reader.check(node.store.logs["case/42#staff"])


async def test_a_store_that_counts_what_it_does_not_have_means_starting_over() -> None:
    async with running_node(timing=replace(CALM, retry_first=0.001)) as node:
        node.write("case/42", "one")
        node.store.logs["case/42#staff"].append(b"")
        ask = node.store.replay

        async def lossy_replay(stream: str, after: int, limit: int) -> Replayed:
            page = await ask(stream, after, limit)
            return Replayed([entry for entry in page.entries if entry[1]], page.head)

        node.store.replay = lossy_replay  # type: ignore[method-assign]
        maria, tomas = await talk(node, "maria"), await talk(node, "tomas")
        for who in (maria, tomas):
            heard = await who.join("case/42", since=0)
            assert frames.Resync("case/42", "hole", 2) in heard
            assert heard[-1] == frames.UpToDate("case/42", 2)
        node.write("case/42", "three")
        assert (await maria.hear_until(frames.Entry))[-1].position == 3  # type: ignore[union-attr]
