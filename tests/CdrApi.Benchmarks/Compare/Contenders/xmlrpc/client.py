"""Fetches the newest CDRs in batches: client.py URL LIMIT [I_ACCOUNT]"""
import sys
from xmlrpc.client import ServerProxy

BATCH = 25_000

url, limit = sys.argv[1], int(sys.argv[2])
account = int(sys.argv[3]) if len(sys.argv) > 3 else None

cdrs = []
with ServerProxy(url, allow_none=True) as sippy:
    while len(cdrs) < limit:
        params = {"offset": len(cdrs), "limit": min(BATCH, limit - len(cdrs))}
        if account is None:
            batch = sippy.getCustomerCDRs({"i_customer": 1, **params})["cdrs"]
        else:
            batch = sippy.getAccountCDRs({"i_account": account, **params})["cdrs"]
        cdrs += batch
        if len(batch) < params["limit"]:
            break

print(len(cdrs))
