#include "serve_token.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/time.h"
#include "serve_form.h"
#include "serve_jwt.h"
#include "json/build.h"

#define SECOND_US INT64_C(1000000)

/* An assertion may be so long good, and clocks so far apart. */
#define ASSERTION_S 86400
#define SKEW_S      300

/* A provider of identities beside the suite, and how it calls the client. */
#define PROVIDER         "https://provider.example/"
#define PROVIDER_SUBJECT "system:serviceaccount:security:firn"
#define PROVIDER_LIFE_S  600

/* Assertions that are remembered, so that none is used twice. */
#define JTIS 4096

struct tokens {
	const struct keys *keys;
	int life_s;
	char client[GUID_TEXT_MAX];
	struct jwt_json *json;
	uint64_t jtis[JTIS]; /* hashes; the oldest is overwritten */
	size_t jti;
	uint64_t given;     /* tokens so far */
	int64_t provided_s; /* when federated.jwt was written */
};

/* The APIs that tokens are for, under the names that clouds give them. */
static const struct {
	const char *resource;
	enum token_api api;
} resources[] = {
    {"https://manage.office.com", TOKEN_MANAGEMENT},
    {"https://manage-gcc.office.com", TOKEN_MANAGEMENT},
    {"https://manage.office365.us", TOKEN_MANAGEMENT},
    {"https://manage.protection.apps.mil", TOKEN_MANAGEMENT},
    {"https://graph.microsoft.com", TOKEN_GRAPH},
    {"https://graph.microsoft.us", TOKEN_GRAPH},
    {"https://dod-graph.microsoft.us", TOKEN_GRAPH},
};

#define RESOURCES (sizeof(resources) / sizeof(resources[0]))

struct tokens *
tokens_new(const struct keys *keys, uint64_t seed, int life_s)
{
	struct tokens *tokens = xcalloc(1, sizeof(*tokens));

	tokens->keys = keys;
	tokens->life_s = life_s;
	tokens->json = jwt_json_new();
	text_guid_of(tokens->client, seed, 0x636c69656e74);
	return tokens;
}

void
tokens_free(struct tokens *tokens)
{
	if (!tokens)
		return;
	jwt_json_free(tokens->json);
	free(tokens);
}

const char *
tokens_client(const struct tokens *tokens)
{
	return tokens->client;
}

/* As a platform does for what runs on it, whoever asks. */
int
tokens_provide(
    struct tokens *tokens, const char *dir, int64_t now_us, struct err *err)
{
	int64_t now_s = now_us / SECOND_US;
	struct buf payload = {0}, text = {0};
	int status;

	if (now_s - tokens->provided_s < PROVIDER_LIFE_S / 2)
		return 0;
	tokens->provided_s = now_s;
	buf_char(&payload, '{');
	json_cstr(&payload, "iss", PROVIDER);
	json_cstr(&payload, "sub", PROVIDER_SUBJECT);
	json_cstr(&payload, "aud", "api://AzureADTokenExchange");
	json_i64(&payload, "iat", now_s);
	json_i64(&payload, "nbf", now_s);
	json_i64(&payload, "exp", now_s + PROVIDER_LIFE_S);
	buf_char(&payload, '}');
	jwt_write(&text, tokens->keys->token,
	    SLICE("{\"typ\":\"JWT\",\"alg\":\"RS256\",\"kid\":\"provider\"}"),
	    buf_slice(&payload));
	status = keys_write(dir, "federated.jwt", buf_slice(&text), err);
	buf_release(&payload);
	buf_release(&text);
	return status;
}

/* --- refusals --- */

/* One request for a token. */
struct ask {
	struct serve_call *call;
	struct tokens *tokens;
	struct form form;
	struct slice tenant_text;
	struct serve_tenant *tenant;
	struct slice resource;
	enum token_api api;
	bool v2;
};

static int
refuse(const struct ask *ask, unsigned status, const char *error, unsigned code,
    const char *text)
{
	char trace[GUID_TEXT_MAX], correlation[GUID_TEXT_MAX];
	char room[TIME_TEXT_MAX];
	struct buf out = {0}, words = {0};
	int64_t now = serve_now(ask->call->serve);
	struct slice stamp = time_format(now, room);
	size_t list;

	text_guid_of(trace, (uint64_t)now, code);
	text_guid_of(correlation, (uint64_t)now, code + 1);
	room[10] = ' ';
	buf_printf(&words,
	    "AADSTS%u: %s Trace ID: %s Correlation ID: %s "
	    "Timestamp: %.19sZ",
	    code, text, trace, correlation, stamp.ptr);
	buf_char(&out, '{');
	json_cstr(&out, "error", error);
	json_text(&out, "error_description", buf_slice(&words));
	list = json_open(&out, "error_codes", '[');
	json_u64(&out, NULL, code);
	json_close(&out, list);
	buf_printf(&out, ",\"timestamp\":\"%.19sZ\"", stamp.ptr);
	json_cstr(&out, "trace_id", trace);
	json_cstr(&out, "correlation_id", correlation);
	buf_printf(&out,
	    ",\"error_uri\":\"https://login.microsoftonline.com/error?code=%u"
	    "\"}",
	    code);
	buf_release(&words);
	serve_json(ask->call, status, &out);
	return -1;
}

/* The same with a value where an @ stands. */
static int
refuse_with(const struct ask *ask, unsigned status, const char *error,
    unsigned code, const char *words, struct slice value)
{
	struct slice rest = slice_cstr(words), before = slice_cut(&rest, '@');
	struct buf text = {0};
	int result;

	buf_slice_add(&text, before);
	buf_printf(&text, SLICE_FMT, SLICE_ARG(value));
	buf_slice_add(&text, rest);
	buf_char(&text, '\0');
	result = refuse(ask, status, error, code, text.ptr);
	buf_release(&text);
	return result;
}

/* --- the client --- */

static int
bad_assertion(const struct ask *ask, unsigned code, const char *text)
{
	return refuse(ask, 401, "invalid_client", code, text);
}

static bool
used_before(struct tokens *tokens, struct slice jti)
{
	uint64_t hash = 1;

	for (size_t i = 0; i < jti.len; i++)
		hash = rng_mix(hash, (unsigned char)jti.ptr[i]);
	for (size_t i = 0; i < JTIS; i++)
		if (tokens->jtis[i] == hash)
			return true;
	tokens->jtis[tokens->jti++ % JTIS] = hash;
	return false;
}

static bool
is_thumbprint(const struct tokens *tokens)
{
	struct slice x5t = jwt_str(tokens->json, "x5t");
	struct slice s256 = jwt_str(tokens->json, "x5t#S256");

	return slice_eq(x5t, slice_cstr(tokens->keys->x5t)) ||
	       slice_eq(s256, slice_cstr(tokens->keys->x5t_s256));
}

/* The audience is the endpoint that is asked, or that of the issuer. */
static bool
is_audience(const struct ask *ask, struct slice aud)
{
	const struct http_request *request = ask->call->request;
	struct slice url = slice_cstr(serve_url(ask->call->serve));

	return aud.len == url.len + request->path.len &&
	       slice_eq(slice_of(aud.ptr, url.len), url) &&
	       slice_eq(slice_skip(aud, url.len), request->path);
}

static int
check_claims(struct ask *ask)
{
	struct tokens *tokens = ask->tokens;
	int64_t now_s = serve_now(ask->call->serve) / SECOND_US, exp, nbf;
	struct slice client = slice_cstr(tokens->client), jti;

	if (!is_audience(ask, jwt_str(tokens->json, "aud")))
		return bad_assertion(ask, 700023,
		    "Client assertion audience claim does not match Realm "
		    "issuer.");
	if (!slice_eq(jwt_str(tokens->json, "iss"), client) ||
	    !slice_eq(jwt_str(tokens->json, "sub"), client))
		return bad_assertion(ask, 700021,
		    "Client assertion application identifier doesn't match "
		    "'client_id' parameter.");
	if (!jwt_i64(tokens->json, "exp", &exp) ||
	    !jwt_i64(tokens->json, "nbf", &nbf) || exp <= now_s - SKEW_S ||
	    nbf > now_s + SKEW_S || exp - nbf > ASSERTION_S)
		return bad_assertion(ask, 700024,
		    "Client assertion is not within its valid time range.");
	jti = jwt_str(tokens->json, "jti");
	if (!jti.len || used_before(tokens, jti))
		return bad_assertion(ask, 700027,
		    "Client assertion failed signature validation. [Reason - "
		    "The jti is missing or was used before.]");
	return 0;
}

/* Of a provider whom the client's registration trusts. */
static int
check_federated(struct ask *ask, const struct jwt *jwt)
{
	struct tokens *tokens = ask->tokens;
	int64_t now_s = serve_now(ask->call->serve) / SECOND_US, exp;

	if (!jwt_verify(jwt, tokens->keys->token))
		return bad_assertion(ask, 700027,
		    "Client assertion failed signature validation.");
	if (!slice_eq(jwt_str(tokens->json, "aud"),
	        SLICE("api://AzureADTokenExchange")))
		return bad_assertion(ask, 700212,
		    "No matching federated identity record found for the "
		    "assertion's audience.");
	if (!slice_eq(
	        jwt_str(tokens->json, "sub"), slice_cstr(PROVIDER_SUBJECT)))
		return bad_assertion(ask, 700213,
		    "No matching federated identity record found for the "
		    "assertion's subject.");
	if (!jwt_i64(tokens->json, "exp", &exp) || exp <= now_s)
		return bad_assertion(ask, 700024,
		    "Client assertion is not within its valid time range.");
	return 0;
}

/* The header of the assertion stands in the tokens' json. */
static int
check_signed(struct ask *ask, const struct jwt *jwt)
{
	struct tokens *tokens = ask->tokens;
	bool known = is_thumbprint(tokens);

	if (!jwt_json_read(tokens->json, &jwt->payload))
		return bad_assertion(
		    ask, 50027, "JWT token is invalid or malformed.");
	if (slice_eq(jwt_str(tokens->json, "iss"), slice_cstr(PROVIDER)))
		return check_federated(ask, jwt);
	if (!known)
		return bad_assertion(ask, 700027,
		    "Client assertion failed signature validation. [Reason - "
		    "The key was not found.]");
	if (!jwt_verify(jwt, tokens->keys->client))
		return bad_assertion(ask, 700027,
		    "Client assertion failed signature validation. [Reason - "
		    "The key was found, but use of the key to verify the "
		    "signature failed.]");
	return check_claims(ask);
}

static int
check_assertion(struct ask *ask)
{
	static const struct slice type = SLICE_INIT(
	    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
	struct slice text = form_get(&ask->form, "client_assertion");
	struct tokens *tokens = ask->tokens;
	struct jwt jwt;
	int status = -1;

	if (!slice_eq(form_get(&ask->form, "client_assertion_type"), type))
		return refuse(ask, 400, "invalid_request", 900144,
		    "The request body must contain the following parameter: "
		    "'client_assertion_type'.");
	if (!jwt_read(text, &jwt) || !jwt_json_read(tokens->json, &jwt.header))
		bad_assertion(ask, 50027, "JWT token is invalid or malformed.");
	else if (!slice_eq(jwt_str(tokens->json, "alg"), SLICE("RS256")))
		bad_assertion(ask, 5002738,
		    "The algorithm of the client assertion is not supported.");
	else
		status = check_signed(ask, &jwt);
	jwt_release(&jwt);
	return status;
}

static int
check_client(struct ask *ask)
{
	struct slice id = form_get(&ask->form, "client_id");
	struct slice secret = form_get(&ask->form, "client_secret");
	struct slice assertion = form_get(&ask->form, "client_assertion");

	if (!id.ptr && !assertion.ptr)
		return refuse(ask, 400, "invalid_request", 900144,
		    "The request body must contain the following parameter: "
		    "'client_id'.");
	if (id.ptr && !slice_eq(id, slice_cstr(ask->tokens->client)))
		return refuse_with(ask, 400, "unauthorized_client", 700016,
		    "Application with identifier '@"
		    "' was not found in the directory. This can happen if the "
		    "application has not been installed by the administrator "
		    "of the tenant.",
		    id);
	if (assertion.ptr)
		return check_assertion(ask);
	if (!secret.ptr)
		return refuse(ask, 401, "invalid_client", 7000218,
		    "The request body must contain the following parameter: "
		    "'client_assertion' or 'client_secret'.");
	if (!slice_eq(secret, slice_cstr(ask->tokens->keys->secret)))
		return refuse_with(ask, 401, "invalid_client", 7000215,
		    "Invalid client secret provided. Ensure the secret being "
		    "sent in the request is the client secret value, not the "
		    "client secret ID, for a secret added to app '@"
		    "'.",
		    id);
	return 0;
}

/* --- the resource --- */

static int
check_resource(struct ask *ask)
{
	static const struct slice all = SLICE_INIT("/.default");
	const char *name = ask->v2 ? "scope" : "resource";
	struct slice text = form_get(&ask->form, name);

	if (!text.ptr)
		return refuse_with(ask, 400, "invalid_request", 900144,
		    "The request body must contain the following parameter: '@"
		    "'.",
		    slice_cstr(name));
	if (ask->v2) {
		if (text.len <= all.len ||
		    !slice_eq(slice_skip(text, text.len - all.len), all))
			return refuse_with(ask, 400, "invalid_scope", 1002012,
			    "The provided value for scope @"
			    " is not valid. Client credential flows must have "
			    "a scope value with /.default suffixed to the "
			    "resource identifier (application ID URI).",
			    text);
		text.len -= all.len;
	}
	if (text.len > 0 && text.ptr[text.len - 1] == '/')
		text.len--;
	ask->resource = text;
	for (size_t i = 0; i < RESOURCES; i++) {
		if (slice_eq(text, slice_cstr(resources[i].resource))) {
			ask->api = resources[i].api;
			return 0;
		}
	}
	return refuse_with(ask, 400, "invalid_resource", 500011,
	    "The resource principal named @"
	    " was not found in the tenant.",
	    text);
}

/* --- the token --- */

static void
add_payload(struct buf *out, const struct ask *ask, int64_t now_s, int life_s)
{
	char oid[GUID_TEXT_MAX], uti[GUID_TEXT_MAX];
	const struct org *org = serve_tenant_org(ask->tenant);
	size_t list;

	text_guid_of(oid, org->seed, 0x6f6964);
	text_guid_of(uti, ask->tokens->given++, (uint64_t)now_s);
	buf_char(out, '{');
	json_text(out, "aud", ask->resource);
	json_key(out, "iss");
	buf_printf(out, "\"https://sts.windows.net/%s/\"", org->tenant);
	json_i64(out, "iat", now_s);
	json_i64(out, "nbf", now_s);
	json_i64(out, "exp", now_s + life_s);
	json_cstr(out, "appid", ask->tokens->client);
	json_cstr(out, "idtyp", "app");
	json_cstr(out, "oid", oid);
	json_cstr(out, "sub", oid);
	json_cstr(out, "tid", org->tenant);
	json_cstr(out, "uti", uti);
	list = json_open(out, "roles", '[');
	if (ask->api == TOKEN_MANAGEMENT) {
		json_cstr(out, NULL, "ServiceHealth.Read");
		json_cstr(out, NULL, "ActivityFeed.Read");
		json_cstr(out, NULL, "ActivityFeed.ReadDlp");
	} else {
		json_cstr(out, NULL, "AuditLog.Read.All");
		json_cstr(out, NULL, "Directory.Read.All");
	}
	json_close(out, list);
	json_cstr(out, "ver", "1.0");
	buf_char(out, '}');
}

static void
grant(const struct ask *ask)
{
	const struct fault_target target = {
	    (int)serve_tenant_index(ask->tenant), -1, NULL, 0};
	struct serve *serve = ask->call->serve;
	int64_t now_us = serve_now(serve), now_s = now_us / SECOND_US;
	const struct fault *early = serve_faults_strike(
	    serve_faults(serve), FAULT_TOKEN_EXPIRY, &target, now_us);
	int life_s = ask->tokens->life_s;
	struct buf payload = {0}, out = {0};

	/* the answer promises what it always does */
	add_payload(&payload, ask, now_s, early ? early->seconds : life_s);
	buf_str(&out, "{\"token_type\":\"Bearer\",");
	if (ask->v2)
		buf_printf(&out, "\"expires_in\":%d,\"ext_expires_in\":%d,",
		    life_s, life_s);
	else
		buf_printf(&out,
		    "\"expires_in\":\"%d\",\"ext_expires_in\":\"%d\","
		    "\"expires_on\":\"%lld\",\"not_before\":\"%lld\","
		    "\"resource\":\"" SLICE_FMT "\",",
		    life_s, life_s, (long long)now_s + life_s, (long long)now_s,
		    SLICE_ARG(ask->resource));
	buf_str(&out, "\"access_token\":\"");
	jwt_write(&out, ask->tokens->keys->token,
	    SLICE("{\"typ\":\"JWT\",\"alg\":\"RS256\",\"kid\":\"firn-sim\"}"),
	    buf_slice(&payload));
	buf_str(&out, "\"}");
	buf_release(&payload);
	serve_json(ask->call, 200, &out);
}

static int
check_ask(struct ask *ask)
{
	struct slice grant_type = form_get(&ask->form, "grant_type");

	if (!ask->tenant)
		return refuse_with(ask, 400, "invalid_request", 90002,
		    "Tenant '@"
		    "' not found. Check to make sure you have the correct "
		    "tenant ID and are signing into the correct cloud.",
		    ask->tenant_text);
	if (!grant_type.ptr)
		return refuse(ask, 400, "invalid_request", 900144,
		    "The request body must contain the following parameter: "
		    "'grant_type'.");
	if (!slice_eq(grant_type, SLICE("client_credentials")))
		return refuse_with(ask, 400, "unsupported_grant_type", 70003,
		    "The app requested an unsupported grant type '@"
		    "'.",
		    grant_type);
	return check_resource(ask) || check_client(ask) ? -1 : 0;
}

void
tokens_answer(struct serve_call *call)
{
	struct arena arena = {0};
	struct slice rest = slice_skip(call->request->path, 1);
	struct ask ask = {.call = call, .tokens = call->ctx};
	enum fault_kind found;
	struct fault_target target = {-1, -1, NULL, FAULT_ON_TOKEN};

	ask.tenant_text = slice_cut(&rest, '/');
	ask.v2 = slice_eq(rest, SLICE("oauth2/v2.0/token"));
	ask.tenant = serve_tenant_of(call->serve, ask.tenant_text);
	if (ask.tenant)
		target.tenant = (int)serve_tenant_index(ask.tenant);
	if (serve_strike(call, &target, &found))
		return;
	if (found == FAULT_THROTTLE) {
		refuse(&ask, 429, "temporarily_unavailable", 90055,
		    "The request has been throttled.");
		return;
	}
	form_read(&ask.form, &arena, call->request->body);
	if (!check_ask(&ask))
		grant(&ask);
	arena_release(&arena);
}

/* --- checking --- */

static const char *
check_token(struct tokens *tokens, const struct serve_call *call,
    struct slice text, enum token_api api, struct token *out)
{
	const char *why = NULL;
	struct slice aud;
	struct jwt jwt;
	int64_t exp;
	size_t i = 0;

	if (!jwt_read(text, &jwt) || !jwt_verify(&jwt, tokens->keys->token) ||
	    !jwt_json_read(tokens->json, &jwt.payload)) {
		why = "The token's signature is not valid.";
		goto out;
	}
	aud = jwt_str(tokens->json, "aud");
	while (
	    i < RESOURCES && !slice_eq(aud, slice_cstr(resources[i].resource)))
		i++;
	out->tenant =
	    serve_tenant_of(call->serve, jwt_str(tokens->json, "tid"));
	if (i == RESOURCES || resources[i].api != api || !out->tenant)
		why = "The token is for another audience.";
	else if (!jwt_i64(tokens->json, "exp", &exp) ||
	         exp <= serve_now(call->serve) / SECOND_US)
		why = "The token has expired.";
	else
		out->expires_us = exp * SECOND_US;
	out->api = api;
out:
	jwt_release(&jwt);
	return why;
}

bool
token_check(const struct serve_call *call, enum token_api api,
    struct token *out, const char **why)
{
	struct slice value =
	    http_request_header(call->request, "authorization");

	*why = "There is no bearer token.";
	if (value.len <= 7 || strncasecmp(value.ptr, "Bearer ", 7) != 0)
		return false;
	*why = check_token(
	    serve_tokens(call->serve), call, slice_skip(value, 7), api, out);
	return !*why;
}
