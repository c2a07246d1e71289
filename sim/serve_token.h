#ifndef SIM_SERVE_TOKEN_H
#define SIM_SERVE_TOKEN_H

#include "serve.h"
#include "serve_keys.h"

/*
 * serve_token - tokens: /{tenant}/oauth2/token and /{tenant}/oauth2/v2.0/token
 * give them out, and every API checks them.
 *
 * All tenants know one client, with a secret and a certificate; they also take
 * what another provider of identities says of it.
 */
enum token_api { TOKEN_MANAGEMENT, TOKEN_GRAPH };

struct token {
	struct serve_tenant *tenant;
	enum token_api api;
	int64_t expires_us;
};

/*
 * Whether the request's bearer token is one of ours, for that API, and in
 * time.  If not, *why says what is wrong in words.
 */
bool token_check(const struct serve_call *call, enum token_api api,
    struct token *out, const char **why);

/* --- for serve.c --- */

struct tokens;

/* The keys must live on. */
struct tokens *tokens_new(const struct keys *keys, uint64_t seed, int life_s);
void tokens_free(struct tokens *tokens);
const char *tokens_client(const struct tokens *tokens);

/*
 * Writes federated.jwt, an assertion by a provider that is trusted, anew in
 * good time before it expires.
 */
int tokens_provide(
    struct tokens *tokens, const char *dir, int64_t now_us, struct err *err);

/* Answers a request for a token; `path` is /{tenant}/oauth2/... */
void tokens_answer(struct serve_call *call);

#endif
