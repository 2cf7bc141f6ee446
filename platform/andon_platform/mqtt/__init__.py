"""MQTT 3.1.1 and 5 on the wire, for the two hot paths of the platform: ingest, and the live stream.

Both read thousands of small messages a second; a whole segment of the socket is parsed in one loop, where general
client libraries wake up for every packet.
"""
