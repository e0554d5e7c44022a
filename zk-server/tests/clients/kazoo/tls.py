"""TLS before a server that does not speak it, with the key stores of kazoo's test harness."""

import asyncio
import ssl
import threading
from pathlib import Path

import jks


def serve(settings, folder):
    """Takes connections at the port that a zoo.cfg has for TLS, and forwards what they say to the
    port that it has for clients, for as long as this process lives."""
    context = server_context(settings, Path(folder))
    threading.Thread(target=asyncio.run, args=(listen(settings, context),), daemon=True).start()


async def listen(settings, context):
    async def forward(reader, writer):
        upstream, to_server = await asyncio.open_connection("127.0.0.1", settings["clientPort"])
        await asyncio.gather(pump(reader, to_server), pump(upstream, writer))

    port = settings["secureClientPort"]
    server = await asyncio.start_server(forward, "127.0.0.1", port, ssl=context)
    await server.serve_forever()


async def pump(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass  # The other side is gone, and so is this one.
    finally:
        writer.close()


def server_context(settings, folder):
    """Demands a certificate of each client, as Apache's server does."""
    keys = load(settings, "keyStore")
    (entry,) = keys.private_keys.values()
    pem = folder / "server.pem"
    pem.write_text(
        ssl.DER_cert_to_PEM_cert(entry.pkey_pkcs8).replace("CERTIFICATE", "PRIVATE KEY")
        + "".join(ssl.DER_cert_to_PEM_cert(certificate) for _, certificate in entry.cert_chain)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    context.verify_mode = ssl.CERT_REQUIRED
    for authority in load(settings, "trustStore").certs.values():
        context.load_verify_locations(cadata=authority.cert)
    return context


def load(settings, store):
    location = settings[f"ssl.{store}.location"]
    return jks.KeyStore.load(location, settings[f"ssl.{store}.password"])
