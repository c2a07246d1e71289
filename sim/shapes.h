#ifndef SIM_SHAPES_H
#define SIM_SHAPES_H

#include "sink.h"

/*
 * shapes - every kind of record that is made, as a template (template.h).
 *
 * Keys, their order and the style of the values are those of the suite's own
 * records.  Directory changes are not here but in directory.h: one table row
 * gives both of their shapes.
 */
enum shape {
	SHAPE_BIND_REST,
	SHAPE_BIND_WEB,
	SHAPE_BIND_APP,
	SHAPE_ATTACHMENT_APP,
	SHAPE_SYNC,
	SHAPE_SEND,
	SHAPE_CREATE,
	SHAPE_UPDATE,
	SHAPE_MOVE_DELETED,
	SHAPE_SOFT_DELETE,
	SHAPE_HARD_DELETE,
	SHAPE_MAIL_SEARCH,
	SHAPE_FOLDER_RIGHTS,
	SHAPE_EXCHANGE_ADMIN,

	SHAPE_FILE_ACCESSED,
	SHAPE_FILE_MODIFIED,
	SHAPE_FILE_DOWNLOADED,
	SHAPE_FILE_UPLOADED,
	SHAPE_FILE_PREVIEWED,
	SHAPE_FILE_SYNCED,
	SHAPE_FOLDER_MODIFIED,
	SHAPE_PAGE_VIEWED,
	SHAPE_LIST_VIEWED,
	SHAPE_SHARING_SET,
	SHAPE_ANONYMOUS_LINK,
	SHAPE_LINK_REMOVED,
	SHAPE_ADDED_TO_GROUP,

	SHAPE_MESSAGE_SENT,
	SHAPE_TEAMS_SESSION,
	SHAPE_CHAT_CREATED,
	SHAPE_MEMBER_ADDED,
	SHAPE_MEETING,

	SHAPE_LOGGED_IN,
	SHAPE_LOGIN_FAILED,
	SHAPE_ALERT,
	SHAPE_ALERT_ENTITY,
	SHAPE_COMPLIANCE_CMDLET,
	SHAPE_INSIGHTS,
	SHAPE_DLP_MAIL,
	SHAPE_DLP_FILE,
	SHAPE_DLP_DEVICE,

	SHAPE_SIGNIN,
	SHAPE_SIGNIN_SILENT,
	SHAPE_SIGNIN_SERVICE,
	SHAPE_GRAPH,
	SHAPE_COUNT,
};

struct shape_row {
	enum stream stream;
	const char *operation; /* NULL: set by who makes the record */
	int type;              /* RecordType of the audit log */
	const char *text;
};

extern const struct shape_row shapes[SHAPE_COUNT];

/* The beginning of every audit record, up to its type. */
#define SHAPE_HEAD                                                             \
	"{'CreationTime':'@TIME','Id':'@ID','Operation':'@OP',"                \
	"'OrganizationId':'@TENANT','RecordType':@TYPE,"

#endif
