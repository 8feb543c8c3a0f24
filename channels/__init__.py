"""The live feed over WebSockets: joins, catch-up, presence and fan-out; rights and store are handed in.

A feed of one log in one process, to try with ``LiveClient("ws://127.0.0.1:8000").follow("case/42", since=0)``::

    from datetime import UTC, datetime
    from uuid import uuid4

    import uvicorn

    from channels.hub import Hub
    from channels.ports import Access, Member, Replayed
    from channels.protocol import uvicorn_options
    from channels.server import serve_socket

    log = [b'{"text": "Where is my bread?"}', b'{"text": "On its way."}']

    class Store:
        async def replay(self, stream, after, limit):
            return Replayed(list(enumerate(log, 1))[after : after + limit], len(log))

        async def heads(self, streams):
            return dict.fromkeys(streams, len(log))

    async def admit(scope):
        return Member(id="user/1", name="Maria Keller", session="one")

    async def authorize(member, topic):
        return Access(stream=topic)

    hub = Hub(authorize=authorize, replay=Store())  # after a commit: hub.publish_entry("case/42", 3, b'{"text": "…"}')

    async def app(scope, receive, send):
        now, new_id = lambda: datetime.now(UTC), lambda: uuid4().hex
        await serve_socket(scope, receive, send, hub=hub, admit=admit, now=now, new_id=new_id)

    uvicorn.run(app, lifespan="off", **uvicorn_options())

``hub.py`` is where to start reading; docs/feed.md explains the protocol, the guarantee and its proof.
"""
