"""Lists CDRs over XML-RPC, by the names and the forms that Sippy's own XML-RPC API has."""
import os
import re
from datetime import datetime, timezone
from socketserver import ThreadingMixIn
from xmlrpc.client import MAXINT, MININT
from xmlrpc.server import SimpleXMLRPCServer

from psycopg2.pool import ThreadedConnectionPool

# The pool closes what is given back above its minimum: with 1, nearly every call among several would connect anew.
pool = ThreadedConnectionPool(8, 40, os.environ["DATABASE_URL"])

NEWEST = """
    SELECT i_cdr, i_call, i_account, cli_in AS cli, cld_in AS cld, connect_time, disconnect_time,
           duration, billed_duration, cost, result, remote_ip, i_protocol, prefix
    FROM cdrs
    WHERE connect_time IS NOT NULL {condition}
    ORDER BY connect_time DESC, i_cdr DESC
    LIMIT %(limit)s OFFSET %(offset)s
"""

NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def member(value):
    if isinstance(value, str):
        return NOT_IN_XML.sub("", value)
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc).strftime("%H:%M:%S.000 GMT %a %b %d %Y")
    # An int of XML-RPC has 32 bits.
    if isinstance(value, int) and not MININT <= value <= MAXINT:
        return str(value)
    return value


def newest(condition, params):
    connection = pool.getconn()
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(NEWEST.format(condition=condition), params)
            names = [column.name for column in cursor.description]
            rows = cursor.fetchall()
    finally:
        pool.putconn(connection)
    return {"result": "OK", "cdrs": [dict(zip(names, map(member, row))) for row in rows]}


def getAccountCDRs(params):
    return newest("AND i_account = %(i_account)s", params)


def getCustomerCDRs(params):
    return newest("", params)


class Server(ThreadingMixIn, SimpleXMLRPCServer):
    daemon_threads = True
    # Each call is a connection of its own. With the default of 5, some of 32 callers would wait to be accepted.
    request_queue_size = 128


with Server(("127.0.0.1", int(os.environ["PORT"])), logRequests=False, allow_none=True) as server:
    server.register_function(getAccountCDRs)
    server.register_function(getCustomerCDRs)
    server.serve_forever()
