/*
 * How worth it is to search an item for secrets.  firn reads no content: the
 * words of its name, its folder and its label are all there is, and the sum of
 * the strongest word of each is the rank.
 */
#include "incident/items.h"

#define WORD_MAX 64

struct word {
	struct slice text;
	uint32_t rank;
};

static const struct word words[] = {
    /* a secret, or what holds secrets */
    {SLICE_INIT("password"), 3},
    {SLICE_INIT("passwords"), 3},
    {SLICE_INIT("passwd"), 3},
    {SLICE_INIT("passwort"), 3},
    {SLICE_INIT("kennwort"), 3},
    {SLICE_INIT("wachtwoord"), 3},
    {SLICE_INIT("secret"), 3},
    {SLICE_INIT("secrets"), 3},
    {SLICE_INIT("credential"), 3},
    {SLICE_INIT("credentials"), 3},
    {SLICE_INIT("token"), 3},
    {SLICE_INIT("tokens"), 3},
    {SLICE_INIT("apikey"), 3},
    {SLICE_INIT("apikeys"), 3},
    {SLICE_INIT("vault"), 3},
    {SLICE_INIT("keepass"), 3},
    {SLICE_INIT("kdbx"), 3},
    {SLICE_INIT("kdb"), 3},
    {SLICE_INIT("pfx"), 3},
    {SLICE_INIT("p12"), 3},
    {SLICE_INIT("pem"), 3},
    {SLICE_INIT("ppk"), 3},
    {SLICE_INIT("jks"), 3},
    {SLICE_INIT("keytab"), 3},
    {SLICE_INIT("rsa"), 3},
    {SLICE_INIT("env"), 3},
    /* what is often beside one */
    {SLICE_INIT("key"), 2},
    {SLICE_INIT("keys"), 2},
    {SLICE_INIT("vpn"), 2},
    {SLICE_INIT("ssh"), 2},
    {SLICE_INIT("rdp"), 2},
    {SLICE_INIT("login"), 2},
    {SLICE_INIT("logins"), 2},
    {SLICE_INIT("mfa"), 2},
    {SLICE_INIT("2fa"), 2},
    {SLICE_INIT("otp"), 2},
    {SLICE_INIT("recovery"), 2},
    {SLICE_INIT("admin"), 2},
    {SLICE_INIT("root"), 2},
    {SLICE_INIT("certificate"), 2},
    {SLICE_INIT("certificates"), 2},
    /* where one may be */
    {SLICE_INIT("access"), 1},
    {SLICE_INIT("account"), 1},
    {SLICE_INIT("accounts"), 1},
    {SLICE_INIT("config"), 1},
    {SLICE_INIT("server"), 1},
    {SLICE_INIT("servers"), 1},
    {SLICE_INIT("firewall"), 1},
    {SLICE_INIT("backup"), 1},
    {SLICE_INIT("wifi"), 1},
};

static const struct word labels[] = {
    {SLICE_INIT("secret"), 3},
    {SLICE_INIT("geheim"), 3},
    {SLICE_INIT("restricted"), 3},
    {SLICE_INIT("confidential"), 2},
    {SLICE_INIT("confidentiel"), 2},
    {SLICE_INIT("vertraulich"), 2},
    {SLICE_INIT("private"), 1},
};

static bool
in_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       ((unsigned char)c & 0x80) != 0;
}

static uint32_t
rank_of(struct slice word, const struct word *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (slice_eq(word, list[i].text))
			return list[i].rank;
	return 0;
}

/* The rank of a text's strongest word. */
static uint32_t
strongest(struct slice text, const struct word *list, size_t n)
{
	char word[WORD_MAX];
	uint32_t best = 0;
	size_t len = 0;

	for (size_t i = 0; i <= text.len; i++) {
		char c = i < text.len ? text.ptr[i] : ' ';

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if (in_word(c)) {
			if (len < WORD_MAX)
				word[len] = c;
			len++;
			continue;
		}
		if (len > 0 && len <= WORD_MAX) {
			uint32_t rank = rank_of(slice_of(word, len), list, n);

			best = rank > best ? rank : best;
		}
		len = 0;
	}
	return best;
}

#define STRONGEST(text, list)                                                  \
	strongest((text), (list), sizeof(list) / sizeof((list)[0]))

/* Whether there is something in it to be searched. */
static bool
holds_content(enum reach_kind kind)
{
	return kind == REACH_MESSAGE || kind == REACH_ATTACHMENT ||
	       kind == REACH_FOLDER || kind == REACH_FILE ||
	       kind == REACH_CHAT || kind == REACH_SITE;
}

uint32_t
items_secrets(const struct damage_item *item)
{
	const struct reach *reach = &item->reach;
	uint32_t folder;

	if (!holds_content(reach->kind))
		return 0;
	folder = STRONGEST(reach->folder, words);
	return STRONGEST(reach->name, words) + (folder > 2 ? 2 : folder) +
	       STRONGEST(reach->label, labels);
}
