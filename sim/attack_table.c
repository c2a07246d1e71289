#include "attack_run.h"

#include "record.h"
#include "tables.h"

/* --- words, in the order of the enums that they stand for --- */

static const char *const bools[] = {"false", "true", NULL};
static const char *const variants[] = {"graph", "ews", NULL};
static const char *const tenants[] = {"main", "test", NULL};
static const char *const clients[] = {"web", "mobile", NULL};

static const char *const departments[DEPT_COUNT + 1] = {"finance", "sales",
    "engineering", "hr", "legal", "operations", "marketing", "executive", "it"};

static const char *const networks[NET_COUNT + 1] = {"NO", "SE", "DE", "GB",
    "US", "CA", "FR", "ES", "IT", "PL", "IN", "JP", "BR", "AU", "NL", "CH",
    "PT", "AE", "service-eu", "cloud-eu", "hosting-us", "hosting-de",
    "hosting-fr", "residential-us", "residential-ro", "residential-vn", "NG",
    "RU", "CN", "TR"};

static const char *const browser_words[BROWSER_COUNT + 1] = {"edge",
    "chrome-windows", "firefox-windows", "chrome-mac", "safari-mac", "iphone",
    "android", "linux", "axios", "python"};

static const char *const deletions[] = {"move", "soft", "hard", NULL};

static const char *const file_deeds[] = {"access", "modify", "download",
    "upload", "preview", "sync", "share", "link", NULL};

/* Apps of the attack's own and of the tenant, from APP_FIRST_PARTY on. */
static const char *const apps[] = {"backup", "hr", "desk", "survey", "board",
    "legacy-test", "malicious", "phishing", NULL};

const char *const deed_suite_apps[APP_FIRST_PARTY + 1] = {"graph", "exchange",
    "sharepoint", "management", "devices", "directory", "broker", "teams",
    "office", "outlook-mobile", "office-home", "outlook-web", "portal",
    "exchange-shell", "onedrive", "sharepoint-web", "substrate", "my-signins"};

/* --- rows of arguments --- */

#define NUMBER(name, min, max)                                                 \
	{                                                                      \
		name, ARG_NUMBER, false, false, 0, NULL, min, max              \
	}
#define WORD(name, words)                                                      \
	{                                                                      \
		name, ARG_WORD, false, false, 0, words, 0, 0                   \
	}
#define ANY(name, kind)                                                        \
	{                                                                      \
		name, kind, false, false, 0, NULL, 0, 0                        \
	}
#define ROLE(name, kinds)                                                      \
	{                                                                      \
		name, ARG_ROLE, false, false, kinds, NULL, 0, 0                \
	}
#define MUST_NUMBER(name, min, max)                                            \
	{                                                                      \
		name, ARG_NUMBER, true, false, 0, NULL, min, max               \
	}
#define MUST_WORD(name, words)                                                 \
	{                                                                      \
		name, ARG_WORD, true, false, 0, words, 0, 0                    \
	}
#define MUST(name, kind)                                                       \
	{                                                                      \
		name, kind, true, false, 0, NULL, 0, 0                         \
	}
#define MUST_ROLE(name, kinds)                                                 \
	{                                                                      \
		name, ARG_ROLE, true, false, kinds, NULL, 0, 0                 \
	}
#define ACTS(name)                                                             \
	{                                                                      \
		name, ARG_ROLE, true, true, ROLE_APP, NULL, 0, 0               \
	}

#define DO   MUST("do", ARG_DEEDS)
#define AS   MUST("as", ARG_AS)
#define BY   MUST_ROLE("by", ROLE_WHO)
#define WAIT NUMBER("wait", 0, 864000)

#define HOW_TO_READ                                                            \
	ROLE("mailbox", ROLE_PERSON | ROLE_PEOPLE), WORD("client", clients),   \
	    WORD("through", variants), ANY("resource", ARG_APP_ID),            \
	    ANY("client-app", ARG_APP_ID)

const struct deed_row deed_rows[] = {
    /* the order of things */
    {"step", play_step, 0, 0,
        {MUST_NUMBER("step", 1, 99), MUST("technique", ARG_PLAIN),
            MUST("what", ARG_PLAIN), DO}},
    {"repeat", play_repeat, 0, 0, {MUST_NUMBER("repeat", 1, 5000), DO}},
    {"each", play_each, 0, DEED_EACH, {MUST("each", ARG_PLAIN), DO}},
    {"when", play_when, 0, DEED_PERHAPS, {MUST("when", ARG_WHEN), DO}},
    {"wait", play_wait, 0, 0, {MUST_NUMBER("wait", 0, 864000)}},
    {"until", play_until, 0, 0, {MUST_NUMBER("until", 0, 100)}},
    {"until-work", play_until_work, 0, 0,
        {MUST_ROLE("until-work", ROLE_PERSON)}},

    /* the cast */
    {"person", play_person, ROLE_PERSON, DEED_PERSON,
        {MUST_WORD("person", departments), AS, WORD("known", bools)}},
    {"people", play_people, ROLE_PEOPLE, DEED_PERSON,
        {MUST_WORD("people", departments), AS, MUST_NUMBER("count", 1, 16)}},
    {"test-account", play_test_account, ROLE_PERSON, 0,
        {MUST_NUMBER("test-account", 0, 1000), AS}},
    {"new-account", play_new_account, ROLE_PERSON, DEED_PERSON,
        {MUST("new-account", ARG_PLAIN), AS, MUST("name", ARG_PLAIN)}},
    {"intruder", play_intruder, ROLE_WHO, 0,
        {MUST_ROLE("intruder", ROLE_PERSON), AS, MUST_WORD("network", networks),
            MUST_WORD("browser", browser_words), NUMBER("number", 0, 1000000),
            ROLE("session", ROLE_WHO), ROLE("app", ROLE_APP)}},
    {"at-work", play_at_work, ROLE_WHO, 0,
        {MUST_ROLE("at-work", ROLE_PERSON), AS, ROLE("session", ROLE_WHO),
            ROLE("token", ROLE_WHO)}},
    {"app", play_app, ROLE_APP, DEED_IN_CAST,
        {MUST_WORD("app", apps), AS, WORD("tenant", tenants)}},
    {"address", play_address, 0, DEED_ADDRESS,
        {MUST_ROLE("address", ROLE_APP), MUST_WORD("network", networks)}},
    {"owner", play_owner, 0, 0,
        {MUST_ROLE("owner", ROLE_PERSON), ROLE("session", ROLE_WHO)}},

    /* what the intruder has got */
    {"got-password", play_got_password, 0, 0,
        {MUST_ROLE("got-password", ROLE_PERSON)}},
    {"got-session", play_got_session, 0, 0,
        {MUST_ROLE("got-session", ROLE_WHO)}},
    {"got-token", play_got_token, 0, 0, {MUST_ROLE("got-token", ROLE_WHO)}},
    {"got-secret", play_got_secret, 0, 0, {MUST_ROLE("got-secret", ROLE_APP)}},
    {"got-app", play_got_app, 0, 0, {MUST_ROLE("got-app", ROLE_APP)}},

    /* sign-ins and calls of Graph */
    {"sign-in", play_sign_in, 0, 0,
        {MUST_ROLE("sign-in", ROLE_WHO), MUST("app", ARG_APP),
            MUST("to", ARG_APP), NUMBER("error", 0, 999999),
            WORD("device-code", bools), WORD("single-factor", bools),
            WORD("silent", bools), ANY("token", ARG_PLAIN),
            ANY("transfer", ARG_PLAIN), ANY("risk", ARG_PLAIN),
            ANY("risk-type", ARG_PLAIN), WORD("unbound", bools)}},
    {"app-sign-in", play_app_sign_in, 0, 0,
        {ACTS("app-sign-in"), MUST("to", ARG_APP)}},
    {"spray", play_spray, 0, 0,
        {MUST_WORD("spray", tenants), MUST_NUMBER("times", 1, 5000), WAIT,
            NUMBER("locked", 1, 5000), MUST_WORD("network", networks)}},
    {"graph", play_graph, 0, 0,
        {MUST("graph", ARG_TEXT), BY, MUST("client", ARG_APP),
            WORD("agent", browser_words), ANY("verb", ARG_PLAIN),
            MUST("scopes", ARG_PLAIN), NUMBER("status", 100, 599)}},
    {"app-graph", play_app_graph, 0, 0,
        {MUST("app-graph", ARG_TEXT), ACTS("by"),
            MUST_WORD("agent", browser_words), ANY("verb", ARG_PLAIN),
            MUST("scopes", ARG_PLAIN), NUMBER("status", 100, 599)}},

    /* mail */
    {"read", play_read, 0, 0,
        {MUST_ROLE("read", ROLE_WHO), MUST_NUMBER("messages", 1, 50),
            HOW_TO_READ}},
    {"app-read", play_app_read, 0, 0,
        {ACTS("app-read"), MUST_NUMBER("messages", 1, 50),
            MUST_ROLE("mailbox", ROLE_PERSON | ROLE_PEOPLE),
            WORD("through", variants)}},
    {"sync", play_sync, 0, 0, {MUST_ROLE("sync", ROLE_WHO)}},
    {"flood", play_flood, 0, DEED_FLOOD,
        {MUST_ROLE("flood", ROLE_WHO), HOW_TO_READ}},
    {"app-flood", play_app_flood, 0, DEED_FLOOD,
        {ACTS("app-flood"), MUST_ROLE("mailbox", ROLE_PERSON | ROLE_PEOPLE),
            WORD("through", variants)}},
    {"search", play_search, 0, 0,
        {MUST_ROLE("search", ROLE_WHO), MUST("for", ARG_TEXT)}},
    {"send", play_send, 0, 0,
        {MUST_ROLE("send", ROLE_WHO), ANY("subject", ARG_TEXT)}},
    {"delete", play_delete, 0, 0,
        {MUST_ROLE("delete", ROLE_WHO), MUST_WORD("how", deletions),
            ANY("subject", ARG_TEXT)}},
    {"cmdlet", play_cmdlet, 0, 0,
        {MUST("cmdlet", ARG_PLAIN), BY, MUST("object", ARG_TEXT),
            MUST("parameters", ARG_PAIRS)}},
    {"alert", play_alert, 0, 0,
        {MUST("alert", ARG_PLAIN), MUST("category", ARG_PLAIN),
            MUST("severity", ARG_PLAIN), MUST("operation", ARG_PLAIN),
            MUST_ROLE("about", ROLE_PERSON)}},

    /* files */
    {"files", play_files, 0, 0,
        {MUST_ROLE("files", ROLE_WHO), MUST_WORD("deeds", file_deeds),
            NUMBER("times", 1, 5000), WAIT, NUMBER("between", 0, 864000),
            WORD("personal", bools), NUMBER("sites", 0, 1000),
            NUMBER("first", 0, 1000000), NUMBER("every", 0, 1000)}},

    /* changes of the directory */
    {"consent", play_consent, 0, 0,
        {MUST_ROLE("consent", ROLE_APP), BY, MUST("of", ARG_APP),
            MUST("scopes", ARG_PLAIN), WORD("for-everyone", bools)}},
    {"grant-role", play_grant_role, 0, 0,
        {MUST("grant-role", ARG_PLAIN), MUST_ROLE("to", ROLE_APP), ACTS("by"),
            MUST("of", ARG_APP), MUST("id", ARG_PLAIN),
            MUST("name", ARG_PLAIN)}},
    {"add-secret", play_add_secret, 0, 0,
        {MUST_ROLE("add-secret", ROLE_APP), BY, MUST("name", ARG_PLAIN)}},
    {"add-app", play_add_app, 0, 0, {MUST_ROLE("add-app", ROLE_APP), BY}},
    {"add-user", play_add_user, 0, 0,
        {MUST_ROLE("add-user", ROLE_PERSON), ACTS("by")}},
    {"join-device", play_join_device, 0, 0,
        {MUST_ROLE("join-device", ROLE_WHO)}},
    {"second-factor", play_second_factor, 0, 0,
        {MUST("second-factor", ARG_PLAIN), BY}},
    {"change-licence", play_change_licence, 0, 0,
        {MUST_ROLE("change-licence", ROLE_PERSON), BY,
            MUST("without", ARG_PLAIN)}},
    {0},
};
