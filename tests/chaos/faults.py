"""The faults, one function each: it does the harm and returns when things may heal."""

from __future__ import annotations

import asyncio
import contextlib
import random
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from redis.exceptions import RedisError

from tests.chaos.outlet import feeds
from tests.chaos.proxy import Trick
from tests.chaos.received import BEHIND
from tests.chaos.servers import EMBEDDED
from tests.chaos.stack import Stack
from tests.chaos.subscriber import Subscriber
from tests.chaos.witness import PUBLISHED, RAW, Witness

LEASES = ("cluster:{all}:lease", "publish:{all}:lease")
DOOR_SECONDS = 240.0
LIBRARIES = ("/usr/lib/*/faketime/libfaketime.so.1", "/usr/lib/faketime/libfaketime.so.1")


@dataclass
class Scene:
    """Where a fault is played."""

    stack: Stack
    witness: Witness
    rng: random.Random
    subscriber: Subscriber | None = None

    @property
    def since(self) -> int:
        """How many events there were when their stream was last deleted."""
        return self.witness.deleted_at[-1] if self.witness.deleted_at else 0

    async def worker(self, *services: str) -> str:
        """Some living worker of one of these services (default: of any)."""
        while not (found := self._living(services)):  # noqa: ASYNC110  # another process's state: nothing signals it
            await asyncio.sleep(0.05)
        return self.rng.choice(found)

    def _living(self, services: tuple[str, ...]) -> list[str]:
        return sorted(
            name
            for name, process in self.stack.workers.items()
            if process.poll() is None and (not services or name.split(".")[0] in services)
        )


Fault = Callable[[Scene], Awaitable[None]]


async def kill_ingest(scene: Scene) -> None:
    scene.stack.kill(await scene.worker("ingest"))


async def kill_cluster(scene: Scene) -> None:
    scene.stack.kill(await holder(scene, "cluster"))


async def kill_publish(scene: Scene) -> None:
    scene.stack.kill(await holder(scene, "publish"))


async def kill_several(scene: Scene) -> None:
    """One worker of each service at the same moment."""
    for service in ("ingest", "cluster", "publish"):
        scene.stack.kill(await scene.worker(service))


async def terminate(scene: Scene) -> None:
    """SIGTERM in the middle of whatever it does; the keeper starts it again."""
    scene.stack.signal(await scene.worker(), signal.SIGTERM)
    await asyncio.sleep(0.5)


async def pause_writer(scene: Scene) -> None:
    """SIGSTOP past the lease, then SIGCONT: the old writer wakes up beside the new one."""
    name = await holder(scene, scene.rng.choice(("cluster", "publish")))
    scene.stack.signal(name, signal.SIGSTOP)
    await asyncio.sleep(2 * float(scene.stack.environment["DATELINE_LEASE_SECONDS"]))
    scene.stack.signal(name, signal.SIGCONT)


async def pause_ingest(scene: Scene) -> None:
    """SIGSTOP past the claim time: another worker takes over what the paused one will still settle."""
    name = await scene.worker("ingest")
    scene.stack.signal(name, signal.SIGSTOP)
    await asyncio.sleep(3)
    scene.stack.signal(name, signal.SIGCONT)


async def two_writers(scene: Scene) -> None:
    """The lease vanishes under its holder: another takes it while the first one still writes."""
    with contextlib.suppress(RedisError, OSError):
        await scene.stack.redis.delete(*LEASES)


async def drop_reply(scene: Scene) -> None:
    await trick(scene, "drop_reply")


async def cut_request(scene: Scene) -> None:
    await trick(scene, "cut_request")


async def delay(scene: Scene) -> None:
    await trick(scene, "delay")


async def half_open(scene: Scene) -> None:
    await trick(scene, "half_open")


async def trick(scene: Scene, name: Trick) -> None:
    """Queue a trick for the next script calls: whoever makes them."""
    scene.stack.proxy.tricks.extend([name] * scene.rng.randint(1, 4))
    await asyncio.sleep(0.3)


async def server_kill(scene: Scene) -> None:
    await scene.stack.restart_server(kill=True)


async def server_restart(scene: Scene) -> None:
    await scene.stack.restart_server(kill=False)


async def client_kill(scene: Scene) -> None:
    await scene.stack.redis.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")


async def script_flush(scene: Scene) -> None:
    await scene.stack.redis.script_flush()


async def group_destroy(scene: Scene) -> None:
    for stream in (RAW, "articles.control"):
        with contextlib.suppress(RedisError):
            await scene.stack.redis.xgroup_destroy(stream, "dateline-ingest")


async def published_deleted(scene: Scene) -> None:
    """stories.published is deleted: what stood there is known to the witness only, and to the door's readers.

    Of what the door has not read it knows the latest records only. Not more than the referee excuses: the
    fault waits for a door that is further behind, looking at all that stands: the witness may be behind, too.
    """
    deadline = time.monotonic() + DOOR_SECONDS
    while scene.subscriber is not None and time.monotonic() < deadline:
        while await scene.witness.read():
            pass
        if not scene.subscriber.undelivered(scene.witness.events[scene.since : -BEHIND // 2]):
            break
        await asyncio.sleep(0.5)
    await scene.witness.take(PUBLISHED)


async def memory_full(scene: Scene) -> None:
    """The ceiling is where memory stands now; after a while there is room again."""
    redis = scene.stack.redis
    used = int((await redis.info("memory"))["used_memory"])
    await redis.config_set("maxmemory", used)
    await asyncio.sleep(3)
    await redis.config_set("maxmemory", 0)


async def clock_jump(scene: Scene) -> None:
    """The server's wall clock an hour ahead for a while, then back."""
    library = faketime_library()
    assert library, "libfaketime is not installed"
    scene.stack.preload = {"LD_PRELOAD": library, "FAKETIME": "+3600s", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    await scene.stack.restart_server(kill=False)
    await asyncio.sleep(3)
    scene.stack.preload = {}
    await scene.stack.restart_server(kill=False)


async def scale(scene: Scene) -> None:
    """One more worker of each service for a while, then as many as before."""
    extra = [f"{service}.extra" for service in ("ingest", "cluster", "publish")]
    for name in extra:
        scene.stack.start(name)
    await asyncio.sleep(4)
    for name in extra:
        await asyncio.to_thread(scene.stack.drop, name)


async def power_cut(scene: Scene) -> None:
    """The machine loses power under appendfsync everysec."""
    await scene.stack.power_cut(scene.rng.randint(0, 60_000))


async def fail_over(scene: Scene) -> None:
    """A replica that lags is promoted."""
    await scene.stack.fail_over(scene.rng.uniform(0.0, 0.5))


async def kill_web(scene: Scene) -> None:
    scene.stack.kill("web.1")


async def kill_feeds(scene: Scene) -> None:
    """What it had claimed is due again after minutes: an operator does not wait for that."""
    scene.stack.kill("feeds.1")
    await asyncio.to_thread(feeds, scene.stack, "now")


async def index_lost(scene: Scene) -> None:
    """The door is killed and its index is gone: it is made again from the stream and the latest records."""
    scene.stack.kill("web.1")
    for file in scene.stack.web_data.glob("index.db*"):
        file.unlink()


async def holder(scene: Scene, service: str) -> str:
    """The worker that holds the lease of a service's shard (some worker, where nobody does)."""
    with contextlib.suppress(RedisError, OSError):
        value = await scene.stack.redis.get(f"{service}:{{all}}:lease")
        for name, process in scene.stack.workers.items():
            if value and f"-{process.pid}-" in value and process.poll() is None:
                return name
    return await scene.worker(service)


def faketime_library() -> str | None:
    """Where libfaketime lies on this machine."""
    found = [str(path) for pattern in LIBRARIES for path in Path("/").glob(pattern.lstrip("/"))]
    return found[0] if found else None


def lacks(engine: str = EMBEDDED) -> dict[str, str]:
    """Faults that cannot be played here, and why."""
    if engine != EMBEDDED:
        return {"clock_jump": "the clock inside a container is not ours"}
    if faketime_library() is None:
        return {"clock_jump": "libfaketime is not installed (Debian: apt-get install libfaketime)"}
    return {}


# How often each is played in a full run. These are kill -9 of services.
KILLS: dict[str, tuple[Fault, int]] = {
    "kill_ingest": (kill_ingest, 30),
    "kill_cluster": (kill_cluster, 35),
    "kill_publish": (kill_publish, 35),
    "kill_several": (kill_several, 5),
    "kill_web": (kill_web, 10),
    "kill_feeds": (kill_feeds, 5),
}
OTHERS: dict[str, tuple[Fault, int]] = {
    "terminate": (terminate, 6),
    "pause_writer": (pause_writer, 6),
    "pause_ingest": (pause_ingest, 3),
    "two_writers": (two_writers, 8),
    "drop_reply": (drop_reply, 12),
    "cut_request": (cut_request, 8),
    "delay": (delay, 4),
    "half_open": (half_open, 5),
    "server_kill": (server_kill, 5),
    "server_restart": (server_restart, 2),
    "client_kill": (client_kill, 6),
    "script_flush": (script_flush, 4),
    "group_destroy": (group_destroy, 5),
    "published_deleted": (published_deleted, 2),
    "memory_full": (memory_full, 3),
    "clock_jump": (clock_jump, 1),
    "index_lost": (index_lost, 1),
    "scale": (scale, 3),
}
# These may lose what was acknowledged: they are played in a run of which the referee knows that.
LOSSES: dict[str, tuple[Fault, int]] = {"power_cut": (power_cut, 6), "fail_over": (fail_over, 3)}
FAULTS = KILLS | OTHERS
ALL = FAULTS | LOSSES
