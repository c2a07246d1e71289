"""Records of an intrusion, made by hand: kim is at home at one address, the intruder at another."""

import json

TENANT = "7f3c6a52-1111-4222-8333-444455556666"
THEIRS, OURS = "203.0.113.66", "198.51.100.7"


def act(number, when, operation, ip, **more):
    """A record of the unified audit log."""
    signin = operation == "UserLoggedIn"
    return json.dumps({
        "Id": f"00000000-0000-4000-8000-{number:012}", "CreationTime": when,
        "RecordType": 15 if signin else 1, "Operation": operation,
        "OrganizationId": TENANT, "UserType": 0, "UserKey": "kim@contoso.example",
        "UserId": "kim@contoso.example", "ClientIP": ip, "ResultStatus": "Succeeded",
        "Workload": "AzureActiveDirectory" if signin else "Exchange", **more})


RULE_OF = {"Parameters": [{"Name": "Name", "Value": ".."},
                          {"Name": "ForwardTo", "Value": "x@evil.example"}],
           "ObjectId": "kim\\..", "MailboxOwnerUPN": "kim@contoso.example"}
