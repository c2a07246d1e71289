#ifndef SIM_TEMPLATE_H
#define SIM_TEMPLATE_H

#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/slice.h"
#include "rng.h"

/*
 * template - the shape of a record as a text with holes.
 *
 * A shape is written as the JSON it makes, with ' for " and @NAME where a
 * value goes: {'Id':'@ID','Size':@SIZE}.  @@ is an @.  A value is escaped as
 * the inside of a JSON string unless its field is raw, which holds JSON
 * itself.  @GUID is a new random id each time.
 */

/* one line a field, as clang-format has it, would be a hundred lines */
/* clang-format off */
#define FIELDS_TEXT(X) \
	X(TIME) X(TIMEZ) X(TIME7) X(ID) X(GUID) X(OP) X(CORR) X(INTRA) \
	X(TENANT) X(ORG) X(USERID) X(UKEY) X(UPN) X(OID) X(PUID) X(PUIDLOW) \
	X(NAME) X(SID) X(IP) X(UA) X(OS) X(BROWSER) X(BROWSERV) X(SESSION) \
	X(UTI) X(DEVICE) X(DEVNAME) X(TRUST) X(COUNTRY) X(CITY) X(STATE) \
	X(APP) X(APPNAME) X(CLIENTAPP) X(RES) X(RESNAME) X(CLIENT) \
	X(SERVER) X(MBX) X(MUPN) X(MSID) X(ACCESS) X(THROTTLED) X(OBJECT) \
	X(FOLDERID) X(FOLDER) X(DESTID) X(DEST) X(ITEMID) X(MSGID) \
	X(SUBJECT) X(QUERY) X(WORKLOAD) X(SITEURL) X(SITE) X(LIST) X(ITEM) \
	X(WEB) X(FILE) X(EXT) X(RELURL) X(DATA) X(TARGET) X(TYPENAME) \
	X(THREAD) X(TEAM) X(GROUP) X(TZ) X(ERROR) X(REASON) X(DETAIL) \
	X(REQ) X(METHOD) X(DETAILS) X(TOID) X(TUPN) X(TPUID) X(TNAME) \
	X(TAPP) X(TSPN) X(P1) X(P2) X(P3) X(P4) X(P5) X(P6) X(P7) X(ALERT) \
	X(POLICY) X(SEV) X(CATEGORY) X(SOURCE) X(PROTOCOL) X(TOKENIN) \
	X(TRANSFER) X(CLIENTUSED) X(REQUIREMENT) X(CASTATUS) X(KEYID) \
	X(CREDTYPE) X(OWNER) X(URI) X(VERB) X(RISK) X(RISKSTATE) X(BOUND) \
	X(RESULT)
#define FIELDS_RAW(X) \
	X(TYPE) X(UTYPE) X(LOGON) X(CTX) X(CIP) X(SESS) X(FOLDERS) X(COUNT) \
	X(SIZE) X(ITEMS) X(PARAMS) X(EXTERNAL) X(PARTS) X(AUTH) X(STEPS) \
	X(DEVPROPS) X(LOGONERR) X(ACTOR) X(BYWHOM) X(ASN) X(LAT) X(LON) \
	X(COMPLIANT) X(CODE) X(STATUS) X(ROLES) X(SCOPES) X(USERREF) \
	X(SPREF) X(MS) X(RISKS) X(TARGETUPN) X(INTERACTIVE)
/* clang-format on */

enum field {
#define X(name) F_##name,
	FIELDS_TEXT(X) FIELDS_RAW(X)
#undef X
	    F_COUNT_OF,
	F_NONE = F_COUNT_OF,
};

struct template_part {
	struct slice text;
	enum field field; /* what follows the text; F_NONE at the end */
};

struct tmpl {
	struct template_part *parts;
	size_t n;
};

/*
 * Reads a shape; it lives in the arena.  An unknown field is a bug in the
 * shape and aborts.
 */
void template_compile(struct tmpl *out, struct arena *arena, struct slice text);

/*
 * Adds the shape with its values, values[F_...].  A field without a value (a
 * NULL ptr) is a bug and aborts.
 */
void template_add(struct buf *out, const struct tmpl *tmpl,
    const struct slice *values, struct rng *rng);

#endif
