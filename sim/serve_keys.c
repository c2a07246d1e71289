#include "serve_keys.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "serve_jwt.h"

#define DAY_S      86400L
#define VALID_DAYS 365

/* A certificate and what it was signed with. */
struct cert {
	X509 *x509;
	EVP_PKEY *key;
};

int
keys_write(
    const char *dir, const char *name, struct slice bytes, struct err *err)
{
	char *path, *temporary;
	int fd, status = 0;

	if (asprintf(&path, "%s/%s", dir, name) < 0 ||
	    asprintf(&temporary, "%s.new", path) < 0)
		abort();
	/* whoever waits for the file finds it whole */
	fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, bytes.ptr, bytes.len) != (ssize_t)bytes.len ||
	    rename(temporary, path))
		status = err_sys(err, "cannot write '%s'", path);
	if (fd >= 0)
		close(fd);
	free(path);
	free(temporary);
	return status;
}

static int
write_bio(const char *dir, const char *name, BIO *bio, struct err *err)
{
	char *bytes;
	long len = BIO_get_mem_data(bio, &bytes);
	int status = keys_write(dir, name, slice_of(bytes, (size_t)len), err);

	BIO_free(bio);
	return status;
}

static int
write_cert(const char *dir, const char *name, X509 *x509, struct err *err)
{
	BIO *bio = BIO_new(BIO_s_mem());

	if (!bio || PEM_write_bio_X509(bio, x509) != 1)
		abort();
	return write_bio(dir, name, bio, err);
}

static int
write_key(const char *dir, const char *name, EVP_PKEY *key, struct err *err)
{
	BIO *bio = BIO_new(BIO_s_mem());

	if (!bio ||
	    PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) != 1)
		abort();
	return write_bio(dir, name, bio, err);
}

/* --- certificates --- */

static void
extend(X509 *x509, X509 *issuer, int what, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *extension;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, issuer, x509, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &ctx, what, value);
	if (!extension || X509_add_ext(x509, extension, -1) != 1)
		abort();
	X509_EXTENSION_free(extension);
}

/* For that key and name; signed by the issuer, or by itself. */
static X509 *
certify(EVP_PKEY *key, const char *name, const struct cert *issuer)
{
	X509 *x509 = X509_new();
	X509_NAME *subject;
	unsigned char serial[8];
	uint64_t number;

	if (!x509 || RAND_bytes(serial, sizeof(serial)) != 1)
		abort();
	memcpy(&number, serial, sizeof(number));
	X509_set_version(x509, 2);
	ASN1_INTEGER_set_uint64(X509_get_serialNumber(x509), number >> 1 | 1);
	X509_gmtime_adj(X509_getm_notBefore(x509), -DAY_S);
	X509_gmtime_adj(X509_getm_notAfter(x509), DAY_S * VALID_DAYS);
	subject = X509_get_subject_name(x509);
	X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
	    (const unsigned char *)name, -1, -1, 0);
	X509_set_issuer_name(
	    x509, issuer ? X509_get_subject_name(issuer->x509) : subject);
	X509_set_pubkey(x509, key);
	return x509;
}

static void
sign(X509 *x509, EVP_PKEY *key)
{
	if (!X509_sign(x509, key, EVP_sha256()))
		abort();
}

static int
make_server(
    struct keys *keys, const char *dir, const char *host, struct err *err)
{
	struct cert ca = {.key = EVP_EC_gen("P-256")}, server = {0};
	unsigned char address[16];
	char *names;
	int status = -1;

	server.key = EVP_EC_gen("P-256");
	if (!ca.key || !server.key)
		abort();
	if (asprintf(&names, "DNS:localhost,IP:127.0.0.1,IP:::1,%s:%s",
	        inet_pton(AF_INET, host, address) == 1 ||
	                inet_pton(AF_INET6, host, address) == 1
	            ? "IP"
	            : "DNS",
	        host) < 0 ||
	    asprintf(&keys->certificate, "%s/server.pem", dir) < 0 ||
	    asprintf(&keys->key, "%s/server.key", dir) < 0)
		abort();
	ca.x509 = certify(ca.key, "firn-sim test CA", NULL);
	extend(ca.x509, ca.x509, NID_basic_constraints, "critical,CA:TRUE");
	extend(ca.x509, ca.x509, NID_key_usage, "critical,keyCertSign");
	extend(ca.x509, ca.x509, NID_subject_key_identifier, "hash");
	sign(ca.x509, ca.key);
	server.x509 = certify(server.key, "firn-sim", &ca);
	extend(server.x509, ca.x509, NID_basic_constraints, "CA:FALSE");
	extend(server.x509, ca.x509, NID_ext_key_usage, "serverAuth");
	extend(server.x509, ca.x509, NID_subject_alt_name, names);
	extend(
	    server.x509, ca.x509, NID_authority_key_identifier, "keyid:always");
	sign(server.x509, ca.key);
	if (!write_cert(dir, "ca.pem", ca.x509, err) &&
	    !write_cert(dir, "server.pem", server.x509, err) &&
	    !write_key(dir, "server.key", server.key, err))
		status = 0;
	X509_free(ca.x509);
	X509_free(server.x509);
	EVP_PKEY_free(ca.key);
	EVP_PKEY_free(server.key);
	free(names);
	return status;
}

static void
thumbprint(char *out, size_t size, const X509 *x509, const EVP_MD *md)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	struct buf text = {0};
	unsigned len;

	if (X509_digest(x509, md, digest, &len) != 1)
		abort();
	base64url_add(&text, digest, len);
	snprintf(out, size, SLICE_FMT, SLICE_ARG(buf_slice(&text)));
	buf_release(&text);
}

static int
make_client(struct keys *keys, const char *dir, struct err *err)
{
	X509 *x509;
	int status = -1;

	keys->client = EVP_RSA_gen(2048);
	if (!keys->client)
		abort();
	x509 = certify(keys->client, "firn-sim client", NULL);
	sign(x509, keys->client);
	thumbprint(keys->x5t, sizeof(keys->x5t), x509, EVP_sha1());
	thumbprint(keys->x5t_s256, sizeof(keys->x5t_s256), x509, EVP_sha256());
	if (!write_cert(dir, "client.pem", x509, err) &&
	    !write_key(dir, "client.key", keys->client, err))
		status = 0;
	X509_free(x509);
	return status;
}

static int
make_secret(struct keys *keys, const char *dir, struct err *err)
{
	unsigned char random[30];
	struct buf text = {0};

	if (RAND_bytes(random, sizeof(random)) != 1)
		abort();
	base64url_add(&text, random, sizeof(random));
	snprintf(keys->secret, sizeof(keys->secret), SLICE_FMT,
	    SLICE_ARG(buf_slice(&text)));
	buf_release(&text);
	return keys_write(dir, "client.secret", slice_cstr(keys->secret), err);
}

int
keys_make(struct keys *out, const char *dir, const char *host, struct err *err)
{
	*out = (struct keys){.token = EVP_RSA_gen(2048)};
	if (!out->token)
		abort();
	if (make_server(out, dir, host, err) || make_client(out, dir, err) ||
	    make_secret(out, dir, err)) {
		keys_release(out);
		return -1;
	}
	return 0;
}

void
keys_release(struct keys *keys)
{
	EVP_PKEY_free(keys->token);
	EVP_PKEY_free(keys->client);
	free(keys->certificate);
	free(keys->key);
	*keys = (struct keys){0};
}
