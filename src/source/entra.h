#ifndef SOURCE_ENTRA_H
#define SOURCE_ENTRA_H

#include "net/http_client.h"
#include "text/config.h"
#include "json/json.h"

/*
 * entra - who asks a Microsoft API, and its tokens: client credentials of an
 * application, by secret, certificate or federated credential (OAuth 2.0,
 * RFC 6749 4.4, RFC 7523; "Microsoft identity platform and the client
 * credentials flow").
 *
 * A token is renewed when a fifth of its life is left, five minutes at most,
 * or when who used it was refused.  One thread.
 */
struct entra_config {
	const char *tenant, *client; /* GUIDs */
	struct config_secret secret;
	const char *certificate, *key; /* PEM files */
	const char *federated; /* file that holds a JWT, read each time */
	unsigned cloud;
	const char *login; /* in place of the cloud's */
	const char *ca, *proxy;
};

/* NOLINTBEGIN(bugprone-macro-parentheses): offsetof() takes a bare member. */

/* Rows for a source's table; `at` is the offset of its entra_config. */
#define ENTRA_ROWS(type, member)                                               \
	ENTRA_ROW(type, member.tenant, "tenant", CONFIG_TEXT, .must = true,    \
	    .help = "the tenant's GUID"),                                      \
	    ENTRA_ROW(type, member.client, "client", CONFIG_TEXT,              \
	        .must = true, .help = "the application's (client) id"),        \
	    ENTRA_ROW(type, member.secret, "secret", CONFIG_SECRET,            \
	        .help = "its secret"),                                         \
	    ENTRA_ROW(type, member.certificate, "certificate", CONFIG_PATH,    \
	        .help = "or its certificate, a PEM file"),                     \
	    ENTRA_ROW(type, member.key, "key", CONFIG_PATH,                    \
	        .help = "and the certificate's key, a PEM file"),              \
	    ENTRA_ROW(type, member.federated, "federated", CONFIG_PATH,        \
	        .help = "or a file that another issuer's token is kept in"),   \
	    ENTRA_ROW(type, member.cloud, "cloud", CONFIG_WORD,                \
	        .words = "commercial|gcc|gcc-high|dod",                        \
	        .preset = "commercial", .help = "which of Microsoft's"),       \
	    ENTRA_ROW(type, member.login, "login", CONFIG_TEXT,                \
	        .help = "URL of the token endpoint, in place of the cloud's"), \
	    ENTRA_ROW(type, member.ca, "ca", CONFIG_PATH,                      \
	        .help = "certificates to trust in place of the system's"),     \
	    ENTRA_ROW(type, member.proxy, "proxy", CONFIG_TEXT,                \
	        .help = "URL of a proxy")
#define ENTRA_ROW(struct_, member, text, kind, ...)                            \
	{                                                                      \
		.name = (text), .type = (kind),                                \
		.at = offsetof(struct_, member), __VA_ARGS__                   \
	}
/* NOLINTEND(bugprone-macro-parentheses) */

enum entra_cloud { CLOUD_COMMERCIAL, CLOUD_GCC, CLOUD_GCC_HIGH, CLOUD_DOD };

struct entra;

/* `resource` is the API's URL: the token's audience. */
int entra_open(struct entra **out, const struct entra_config *config,
    const char *resource, struct err *err);
void entra_close(struct entra *entra);

/*
 * "Authorization: Bearer ...", NUL-terminated, good until the next call; NULL
 * and *err if there is none to be had now.
 */
const char *
entra_token(struct entra *entra, struct http_client *client, struct err *err);

/*
 * What the answer of a token endpoint says that gives none, in one line; other
 * endpoints than Microsoft's do it alike (RFC 6749 5.2).  -1.
 */
int entra_no_token(unsigned status, struct json answer, struct err *err);

/* The token was refused: the next one is a new one. */
void entra_refused(struct entra *entra);

#endif
