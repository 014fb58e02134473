from tests.integration.stage.house import *


async def test_smoke(server):
    settings = settings_for(server.url)
    client = server.client
    send(client, settings, *(raw(e, n) for n in range(4) for e in EVENTS))
    async with house(settings, *ALL):
        await done(client, settings, 20)
    found = events(client, settings)
    check_numbers(found)
    print(kinds(found), partition(client, settings))
    assert len(partition(client, settings)) == 5
