"""A Microsoft Graph of a few lists, for tests of the source and of the check."""

import base64
import http.server
import json
import threading
import time
import urllib.parse
import uuid

TENANT = "7a1b2c3d-0000-4000-8000-00000000aaaa"
CLIENT = "9f8e7d6c-0000-4000-8000-00000000bbbb"
SECRET = "sesame"
ROLES = ["AuditLog.Read.All", "IdentityRiskEvent.Read.All", "SecurityAlert.Read.All",
         "User.Read.All", "Group.Read.All", "Application.Read.All", "Directory.Read.All",
         "RoleManagement.Read.Directory", "RoleEligibilitySchedule.Read.Directory",
         "Policy.Read.All", "Domain.Read.All", "Organization.Read.All",
         "LicenseAssignment.Read.All", "MailboxSettings.Read"]


def stamp(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{int(seconds % 1 * 1e6):06d}Z"


def jwt(roles):
    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
    return ".".join([part({"alg": "RS256"}), part({"roles": roles, "tid": TENANT}), "c2ln"])


def signin(at, who="kim@example.org", kind="interactiveUser", **more):
    return {"id": str(uuid.uuid4()), "createdDateTime": stamp(at), "userPrincipalName": who,
            "userId": str(uuid.uuid5(uuid.NAMESPACE_DNS, who)), "appId": CLIENT,
            "appDisplayName": "Mail", "ipAddress": "192.0.2.7", "clientAppUsed": "Browser",
            "correlationId": str(uuid.uuid4()), "conditionalAccessStatus": "notApplied",
            "isInteractive": kind == "interactiveUser", "signInEventTypes": [kind],
            "status": {"errorCode": 0}, **more}


def audit(at, what="Update user"):
    return {"id": f"Directory_{uuid.uuid4()}", "activityDateTime": stamp(at),
            "activityDisplayName": what, "category": "UserManagement", "result": "success",
            "correlationId": str(uuid.uuid4()), "loggedByService": "Core Directory",
            "initiatedBy": {"user": {"id": "1", "userPrincipalName": "ada@example.org"}},
            "targetResources": [{"id": "2", "type": "User", "displayName": "kim"}]}


def alert(at, n):
    return {"id": f"al-{n}", "lastUpdateDateTime": stamp(at), "createdDateTime": stamp(at),
            "title": "Made up", "severity": "high", "status": "new"}


class Graph:
    """Rows by list; what fails is in `faults`: a function of the path, or None."""

    def __init__(self):
        self.lock = threading.Lock()
        self.rows = {"signIns": [], "directoryAudits": [], "riskDetections": [], "alerts_v2": []}
        self.state = {"users": [{"id": "u1", "userPrincipalName": "kim@example.org"}],
                      "domains": [{"id": "example.org", "authenticationType": "Managed"},
                                  {"id": "fed.example", "authenticationType": "Federated"}],
                      "domains/fed.example/federationConfiguration":
                          [{"id": "f1", "issuerUri": "http://fed.example/adfs"}]}
        self.single = {"policies/authorizationPolicy": {"id": "authorizationPolicy"},
                       "policies/crossTenantAccessPolicy/default": {"isServiceDefault": True}}
        self.roles, self.tokens, self.asked, self.fault = list(ROLES), 0, [], None
        self.tokens_dead, self.page_max, self.stale_once = set(), 1000, False
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def add(self, name, *rows):
        with self.lock:
            self.rows[name].extend(rows)

    def handler(graph):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args):
                pass

            def answer(self, status, body, **headers):
                data = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.end_headers()
                self.wfile.write(data)

            def refuse(self, status, code, message="no", **headers):
                self.answer(status, {"error": {"code": code, "message": message}}, **headers)

            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                graph.tokens += 1
                token = jwt(graph.roles) + str(graph.tokens)
                self.answer(200, {"access_token": token, "expires_in": 3599})

            def do_GET(self):
                url = urllib.parse.urlsplit(self.path)
                query = dict(urllib.parse.parse_qsl(url.query))
                version, _, path = url.path.lstrip("/").partition("/")
                graph.asked.append((version, path, query))
                if self.headers["Authorization"].split(" ")[1] in graph.tokens_dead:
                    return self.refuse(401, "InvalidAuthenticationToken")
                wrong = graph.fault and graph.fault(path, query)
                if wrong:
                    return self.refuse(wrong[0], wrong[1], wrong[1], **(wrong[2] if len(wrong) > 2 else {}))
                with graph.lock:
                    status, body = graph.page(version, path, query)
                self.answer(status, body)
        return Handler

    def page(self, version, path, query):
        name = path.rsplit("/", 1)[-1]
        if name in self.rows:
            rows = self.window(name, query.get("$filter", ""))
        elif path in self.single:
            return 200, {"@odata.context": f"{self.url}/$metadata#x", **self.single[path]}
        else:
            rows = self.state.get(path, [])
        at = int(query.get("$skiptoken", "0"))
        top = min(int(query.get("$top", "1000")), self.page_max)
        body = {"@odata.context": f"{self.url}/{version}/$metadata#{path}"}
        if at + top < len(rows):
            more = {**query, "$skiptoken": str(at + top)}
            body["@odata.nextLink"] = (f"{self.url}/{version}/{path}?"
                                       + urllib.parse.urlencode(more, safe="$"))
        return 200, {**body, "value": rows[at:at + top]}

    def window(self, name, text):
        """The newest first, as Graph gives them."""
        if " ge " not in text:
            return self.rows[name]
        words = text.split(" ")
        field, low, high = words[0], words[2], words[6]
        kind = text.split("'")[1] if "signInEventTypes" in text else "interactiveUser"
        rows = [row for row in self.rows[name]
                if low[:19] <= row[field][:19] and row[field] <= high[:19] + ".000000Z"
                and (name != "signIns" or row["signInEventTypes"] == [kind])]
        return sorted(rows, key=lambda row: row[field], reverse=True)
