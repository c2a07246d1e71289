#include "source/entra.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/base64.h"
#include "base/time.h"
#include "json/build.h"
#include "json/json.h"

#define ANSWER_MAX     (1u << 20)
#define TIMEOUT_MS     30000
#define ASSERTION_S    300
#define FEDERATED_MAX  65536
#define PAUSE_US       ((int64_t)1000000) /* doubled each time, */
#define PAUSE_MAX      ((int64_t)60 * 1000000)
#define WELL_US        ((int64_t)300 * 1000000) /* until all is well so long */
#define EARLY_US       ((int64_t)300 * 1000000)
#define ASSERTION_TYPE "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

struct entra {
	const struct entra_config *config;
	char *url, *resource; /* owned */
	X509 *certificate;
	EVP_PKEY *key;
	struct json_parser *parser;
	struct buf form;  /* of a request: holds a secret */
	struct buf token; /* "Authorization: Bearer ...", NUL-terminated */
	int64_t renew_us, dies_us; /* on the monotonic clock */
	bool refused;
	/* After a failure, or a token that was refused though it was new. */
	int64_t made_us, again_us, pause_us;
	int64_t well_us; /* a token is new for so long */
	struct err why;  /* of the last failure */
};

/* --- opening --- */

static int
read_pem(struct entra *entra, struct err *err)
{
	const struct entra_config *config = entra->config;
	FILE *file = fopen(config->certificate, "re");

	if (!file)
		return err_sys(err, "cannot open '%s'", config->certificate);
	entra->certificate = PEM_read_X509(file, NULL, NULL, NULL);
	(void)fclose(file);
	if (!entra->certificate)
		return err_set(err, ERR_INPUT, "no PEM certificate in '%s'",
		    config->certificate);
	file = fopen(config->key, "re");
	if (!file)
		return err_sys(err, "cannot open '%s'", config->key);
	entra->key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
	(void)fclose(file);
	if (!entra->key || EVP_PKEY_base_id(entra->key) != EVP_PKEY_RSA)
		return err_set(
		    err, ERR_INPUT, "no PEM key of RSA in '%s'", config->key);
	if (X509_check_private_key(entra->certificate, entra->key) != 1)
		return err_set(err, ERR_INPUT,
		    "the key '%s' is not that of the certificate '%s'",
		    config->key, config->certificate);
	return 0;
}

static int
check(const struct entra_config *config, struct err *err)
{
	int ways = (config->secret.file || config->secret.env) +
	           (config->certificate != NULL) + (config->federated != NULL);

	if (ways != 1)
		return err_set(err, ERR_USAGE,
		    "one of 'secret', 'certificate' and 'federated' says how "
		    "the application proves who it is; here are %d",
		    ways);
	if (!config->certificate != !config->key)
		return err_set(
		    err, ERR_USAGE, "'certificate' and 'key' go together");
	return 0;
}

int
entra_open(struct entra **out, const struct entra_config *config,
    const char *resource, struct err *err)
{
	static const char *const logins[] = {
	    [CLOUD_COMMERCIAL] = "https://login.microsoftonline.com",
	    [CLOUD_GCC] = "https://login.microsoftonline.com",
	    [CLOUD_GCC_HIGH] = "https://login.microsoftonline.us",
	    [CLOUD_DOD] = "https://login.microsoftonline.us"};
	struct entra *entra;
	struct buf url = {0};

	if (check(config, err))
		return -1;
	entra = xcalloc(1, sizeof(*entra));
	entra->config = config;
	entra->parser = json_parser_new();
	entra->resource = xstrdup(resource);
	buf_printf(&url, "%s/%s/oauth2/v2.0/token%c",
	    config->login ? config->login : logins[config->cloud],
	    config->tenant, '\0');
	entra->url = url.ptr;
	if (config->certificate && read_pem(entra, err)) {
		entra_close(entra);
		return -1;
	}
	*out = entra;
	return 0;
}

/* What held a secret. */
static void
wipe(struct buf *buf)
{
	if (buf->ptr)
		OPENSSL_cleanse(buf->ptr, buf->size);
	buf_clear(buf);
}

void
entra_close(struct entra *entra)
{
	if (!entra)
		return;
	wipe(&entra->form);
	wipe(&entra->token);
	buf_release(&entra->form);
	buf_release(&entra->token);
	X509_free(entra->certificate);
	EVP_PKEY_free(entra->key);
	json_parser_free(entra->parser);
	free(entra->url);
	free(entra->resource);
	free(entra);
}

/* --- proving who we are --- */

/* RFC 4648 5, without padding. */
static void
add_base64url(struct buf *out, struct slice bytes)
{
	size_t at = out->len;

	base64_add(out, bytes.ptr, bytes.len);
	while (out->len > at && out->ptr[out->len - 1] == '=')
		out->len--;
	for (; at < out->len; at++) {
		if (out->ptr[at] == '+')
			out->ptr[at] = '-';
		else if (out->ptr[at] == '/')
			out->ptr[at] = '_';
	}
}

static void
add_thumbprint(struct entra *entra, struct buf *head, const char *name,
    const EVP_MD *digest)
{
	unsigned char print[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	if (X509_digest(entra->certificate, digest, print, &n) != 1)
		abort();
	json_key(head, name);
	buf_char(head, '"');
	add_base64url(head, slice_of(print, n));
	buf_char(head, '"');
}

static void
sign(struct entra *entra, struct buf *jwt)
{
	unsigned char signature[1024];
	size_t n = sizeof(signature);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (!ctx ||
	    EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, entra->key) !=
	        1 ||
	    EVP_DigestSign(
	        ctx, signature, &n, (unsigned char *)jwt->ptr, jwt->len) != 1)
		abort();
	EVP_MD_CTX_free(ctx);
	buf_char(jwt, '.');
	add_base64url(jwt, slice_of(signature, n));
}

/* A signed statement that we are the client (RFC 7523 2.2). */
static void
make_assertion(struct entra *entra, struct buf *jwt)
{
	const char *client = entra->config->client;
	int64_t now = time_now_us() / 1000000;
	unsigned char id[16];
	struct buf text = {0};
	size_t mark = json_open(&text, NULL, '{');

	json_cstr(&text, "alg", "RS256");
	json_cstr(&text, "typ", "JWT");
	add_thumbprint(entra, &text, "x5t", EVP_sha1());
	add_thumbprint(entra, &text, "x5t#S256", EVP_sha256());
	json_close(&text, mark);
	add_base64url(jwt, buf_slice(&text));
	buf_clear(&text);
	if (RAND_bytes(id, sizeof(id)) != 1)
		abort();
	mark = json_open(&text, NULL, '{');
	json_cstr(&text, "aud", entra->url);
	json_cstr(&text, "iss", client);
	json_cstr(&text, "sub", client);
	json_key(&text, "jti");
	buf_char(&text, '"');
	add_base64url(&text, slice_of(id, sizeof(id)));
	buf_char(&text, '"');
	json_i64(&text, "nbf", now - 30);
	json_i64(&text, "exp", now + ASSERTION_S);
	json_close(&text, mark);
	buf_char(jwt, '.');
	add_base64url(jwt, buf_slice(&text));
	buf_release(&text);
	sign(entra, jwt);
}

static int
read_federated(const char *path, struct buf *out, struct err *err)
{
	FILE *file = fopen(path, "re");
	size_t n;

	if (!file)
		return err_sys(err, "cannot open '%s'", path);
	n = fread(buf_reserve(out, FEDERATED_MAX), 1, FEDERATED_MAX, file);
	(void)fclose(file);
	out->len += n;
	while (out->len && strchr("\r\n \t", out->ptr[out->len - 1]))
		out->len--;
	if (n == 0 || n == FEDERATED_MAX)
		return err_set(err, ERR_INPUT, "no token in '%s'", path);
	return 0;
}

/* Adds the parameters by which the application proves who it is. */
static int
add_proof(struct entra *entra, struct err *err)
{
	const struct entra_config *config = entra->config;
	struct buf proof = {0};
	bool secret = config->secret.file || config->secret.env;
	int status = 0;

	if (secret)
		status = config_secret_read(&config->secret, &proof, err);
	else if (config->federated)
		status = read_federated(config->federated, &proof, err);
	else
		make_assertion(entra, &proof);
	if (!status) {
		buf_str(&entra->form,
		    secret ? "&client_secret=" : "&client_assertion=");
		http_escape(&entra->form, buf_slice(&proof));
	}
	if (!status && !secret) {
		buf_str(&entra->form, "&client_assertion_type=");
		http_escape(&entra->form, SLICE(ASSERTION_TYPE));
	}
	wipe(&proof);
	buf_release(&proof);
	return status;
}

/* --- asking --- */

/* Lives in seconds are numbers, or strings of digits. */
static int
take_token(struct entra *entra, struct json answer, struct err *err)
{
	struct slice token = json_str(JSON_GET(answer, "access_token"));
	int64_t life = 0, now = time_mono_us();

	if (!json_to_i64(JSON_GET(answer, "expires_in"), &life) || life <= 0 ||
	    !token.len || memchr(token.ptr, '\n', token.len))
		return err_set(err, ERR_INPUT,
		    "the token endpoint answers without a token");
	if (life > 86400)
		life = 86400;
	wipe(&entra->token);
	buf_str(&entra->token, "Authorization: Bearer ");
	buf_slice_add(&entra->token, token);
	buf_char(&entra->token, '\0');
	entra->dies_us = now + life * 1000000;
	entra->renew_us = entra->dies_us -
	                  (life * 200000 < EARLY_US ? life * 200000 : EARLY_US);
	/* One that was refused when it was old says nothing of the next. */
	entra->well_us = life * 500000 < WELL_US ? life * 500000 : WELL_US;
	entra->refused = false;
	return 0;
}

/* Its errors say what is wrong in words, over several lines. */
int
entra_no_token(unsigned status, struct json answer, struct err *err)
{
	struct slice words = json_str(JSON_GET(answer, "error_description"));
	const char *line =
	    words.len ? memchr(words.ptr, '\r', words.len) : NULL;

	if (line)
		words.len = (size_t)(line - words.ptr);
	if (words.len > 300)
		words.len = 300;
	if (!words.len)
		words = json_str(JSON_GET(answer, "error"));
	return err_set(err, ERR_INPUT, "no token: status %u: " SLICE_FMT,
	    status, SLICE_ARG(words));
}

static int
renew(struct entra *entra, struct http_client *client, struct err *err)
{
	struct http_ask ask = {.method = "POST",
	    .url = entra->url,
	    .content_type = "application/x-www-form-urlencoded",
	    .timeout_ms = TIMEOUT_MS,
	    .answer_max = ANSWER_MAX};
	struct http_reply reply = {0};
	struct json answer = {0};
	int status = -1;

	wipe(&entra->form);
	buf_str(&entra->form, "grant_type=client_credentials&client_id=");
	http_escape(&entra->form, slice_cstr(entra->config->client));
	buf_str(&entra->form, "&scope=");
	http_escape(&entra->form, slice_cstr(entra->resource));
	buf_str(&entra->form, "%2F.default");
	if (add_proof(entra, err))
		goto out;
	ask.body = buf_slice(&entra->form);
	if (http_client_ask(client, &ask, &reply, err))
		goto out;
	memset(buf_reserve(&reply.body, JSON_PADDING), 0, JSON_PADDING);
	(void)json_parse(entra->parser, buf_slice(&reply.body), &answer, NULL);
	status = reply.status == 200
	             ? take_token(entra, answer, err)
	             : entra_no_token(reply.status, answer, err);
out:
	wipe(&entra->form);
	wipe(&reply.body);
	http_reply_release(&reply);
	return status;
}

/* The next token is asked for no sooner; the endpoint counts, too. */
static void
pause_asking(struct entra *entra, int64_t now)
{
	entra->pause_us = entra->pause_us ? entra->pause_us * 2 : PAUSE_US;
	if (entra->pause_us > PAUSE_MAX)
		entra->pause_us = PAUSE_MAX;
	entra->again_us = now + entra->pause_us;
}

const char *
entra_token(struct entra *entra, struct http_client *client, struct err *err)
{
	int64_t now = time_mono_us();
	bool good = entra->token.len && now < entra->dies_us;

	if (good && !entra->refused && now < entra->renew_us)
		return entra->token.ptr;
	/* What was refused may do again, what is old does for a while. */
	if (now < entra->again_us) {
		if (good)
			return entra->token.ptr;
		err_set(err, ERR_LIMIT, "%s", entra->why.msg);
		return NULL;
	}
	if (renew(entra, client, &entra->why)) {
		pause_asking(entra, now);
		err_set(err, entra->why.code, "%s", entra->why.msg);
		return good ? entra->token.ptr : NULL;
	}
	if (now - entra->made_us > entra->well_us)
		entra->pause_us = 0;
	entra->made_us = now;
	return entra->token.ptr;
}

void
entra_refused(struct entra *entra)
{
	int64_t now = time_mono_us();

	if (entra->refused)
		return;
	entra->refused = true;
	/* A new one that is refused: another one will hardly help. */
	if (now - entra->made_us < entra->well_us)
		pause_asking(entra, now);
}
