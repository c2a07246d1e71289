/*
 * What a report says of marks and rules.
 */
#include "incident/intruder.h"

static const struct {
	const char *name, *words;
} rules[MARK_RULES] = {
    [RULE_GIVEN] = {"given", "given at the start"},
    [RULE_ADDED] = {"added", "added by the responder"},
    [RULE_FINDING] = {"finding", "a record that the finding rests on"},
    [RULE_SESSION] = {"session-of-act",
        "a session in which the intruder acted; its owner may be in it, too"},
    [RULE_ACCOUNT] = {"account-of-act",
        "an account as which the intruder acted; its owner uses it, too"},
    [RULE_TOKEN] = {"token-issued",
        "a token that was issued to a sign-in of the intruder"},
    [RULE_DEVICE] = {"device-registered",
        "a device that the intruder registered"},
    [RULE_CREDENTIAL] = {"credential-added",
        "a credential that the intruder added to an app"},
    [RULE_CREDENTIAL_OF] = {"app-of-credential",
        "an app to which the intruder added a credential; others use it, too"},
    [RULE_APP] = {"app-added", "an app that the intruder added"},
    [RULE_CREATED] = {"account-created",
        "an account that the intruder created"},
    [RULE_TAKEN] = {"account-taken",
        "an account whose password, second factor or pass the intruder set"},
    [RULE_RIGHTS] = {"rights-given",
        "an account or app to which the intruder gave rights"},
    [RULE_ADDRESS] = {"address-alone",
        "an address of the intruder's app, device or account that nobody else "
        "used"},
};

const char *
mark_rule_name(enum mark_rule rule)
{
	return rules[rule].name;
}

const char *
mark_rule_words(enum mark_rule rule)
{
	return rules[rule].words;
}

const char *
not_why_words(enum not_why why)
{
	static const char *const words[NOT_WHYS] = {
	    [NOT_ASKED] = "nothing of it is the intruder's",
	    [NOT_BACKGROUND] =
	        "a client that reads by itself, without a person",
	    [NOT_KNOWN_PLACE] =
	        "from an address that its owner used before the intrusion",
	    [NOT_BEFORE] = "not while the intruder had that account or app",
	    [NOT_CUT] = "cut by the responder",
	};

	return words[why];
}
