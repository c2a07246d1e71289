#ifndef SIM_SERVE_KEYS_H
#define SIM_SERVE_KEYS_H

#include <openssl/evp.h>
#include <stdbool.h>

#include "base/err.h"
#include "base/slice.h"

/*
 * serve_keys - the keys and certificates of a simulated suite and its client,
 * new at each start.  They protect nothing.
 *
 *	ca.pem              who signed the server's certificate
 *	server.pem .key     the server's, for TLS
 *	client.pem .key     the client's, for assertions
 *	client.secret       the client's secret
 */
struct keys {
	EVP_PKEY *token;  /* signs access tokens */
	EVP_PKEY *client; /* of the client's certificate */
	char x5t[32];     /* SHA-1 of that certificate, as base64url */
	char x5t_s256[48];
	char secret[41];
	char *certificate, *key; /* paths of the server's */
};

/* `host` is a name or an address that the server's certificate is good for. */
int
keys_make(struct keys *out, const char *dir, const char *host, struct err *err);

void keys_release(struct keys *keys);

/* Writes a file into the folder, for its owner alone. */
int keys_write(
    const char *dir, const char *name, struct slice bytes, struct err *err);

#endif
