#include "shapes.h"

/* --- Exchange --- */

#define MAIL_HEAD                                                              \
	SHAPE_HEAD "'ResultStatus':'@RESULT','UserKey':'@UKEY',"               \
	           "'UserType':@UTYPE,'Version':1,'Workload':'Exchange',"

#define MAIL_OWNER                                                             \
	"'ExternalAccess':@EXTERNAL,'InternalLogonType':0,'LogonType':@LOGON," \
	"'LogonUserSid':'@SID','MailboxGuid':'@MBX',"                          \
	"'MailboxOwnerSid':'@MSID','MailboxOwnerUPN':'@MUPN',"

#define MAIL_ACCESS                                                            \
	"'OperationProperties':[{'Name':'MailAccessType','Value':'@ACCESS'},"  \
	"{'Name':'IsThrottled','Value':'@THROTTLED'}],"

/* The server's name ends with a line end, as it does in the real ones. */
#define MAIL_SERVER                                                            \
	"'OrganizationName':'@ORG','OriginatingServer':'@SERVER\\r\\n',"

#define MAIL_FOLDERS "'Folders':[@FOLDERS],'OperationCount':@COUNT}"

#define MAIL_WEB                                                               \
	MAIL_HEAD "@CIP'UserId':'@USERID',@CTX'AppId':'@APP',"                 \
	          "'ClientIPAddress':'@IP','ClientInfoString':'@CLIENT',"

#define MAIL_DELETE                                                            \
	MAIL_WEB MAIL_OWNER MAIL_SERVER                                        \
	    "'SessionId':'@SESSION','AffectedItems':[@ITEMS],"                 \
	    "'CrossMailboxOperation':false,"

#define MAIL_FOLDER "'Folder':{'Id':'@FOLDERID','Path':'\\\\@FOLDER'}}"

#define MAIL_DEST   "'DestFolder':{'Id':'@DESTID','Path':'\\\\@DEST'},"

#define MAIL_ITEM                                                              \
	"'Id':'@ITEMID','InternetMessageId':'@MSGID',"                         \
	"'ParentFolder':{'Id':'@FOLDERID','Path':'\\\\@FOLDER'},"              \
	"'SizeInBytes':@SIZE,'Subject':'@SUBJECT'}"

/* --- SharePoint and OneDrive --- */

#define SITE_HEAD                                                              \
	SHAPE_HEAD "'UserKey':'i:0h.f|membership|@PUIDLOW@@live.com',"         \
	           "'UserType':0,'Version':1,'Workload':'@WORKLOAD',"          \
	           "@CTX'ClientIP':'@IP','ObjectId':'@OBJECT',"                \
	           "'UserId':'@USERID',"

#define SITE_FILE                                                              \
	"'CorrelationId':'@CORR','EventSource':'SharePoint',"                  \
	"'ItemType':'File','ListId':'@LIST','ListItemUniqueId':'@ITEM',"       \
	"'Site':'@SITE','UserAgent':'@UA','WebId':'@WEB',"

#define SITE_TAIL                                                              \
	"'SourceFileExtension':'@EXT','SiteUrl':'@SITEURL/',"                  \
	"'SourceFileName':'@FILE','SourceRelativeUrl':'@RELURL'}"

#define SITE_SHARED                                                            \
	"'SiteUrl':'@SITEURL','SourceFileName':'@FILE',"                       \
	"'SourceRelativeUrl':'@RELURL/@FILE'"

/* --- Teams --- */

#define TEAMS_HEAD                                                             \
	SHAPE_HEAD "'UserKey':'@UKEY','UserType':@UTYPE,'Version':1,"          \
	           "'Workload':'MicrosoftTeams',"

#define TEAMS_EXTRA                                                            \
	"'ExtraProperties':[{'Key':'TimeZone','Value':'@TZ'},"                 \
	"{'Key':'OsName','Value':'@OS'},{'Key':'Country','Value':'@COUNTRY'}," \
	"{'Key':'ClientName','Value':'skypeteams'}],"

/* --- Sign-ins --- */

#define LOGON                                                                  \
	SHAPE_HEAD "'ResultStatus':'Success','UserKey':'@OID','UserType':0,"   \
	           "'Version':1,'Workload':'AzureActiveDirectory',"            \
	           "'ClientIP':'@IP','ObjectId':'@RES','UserId':'@USERID',"    \
	           "'AzureActiveDirectoryEventType':1,'ExtendedProperties':["  \
	           "{'Name':'ResultStatusDetail','Value':'@DETAIL'},"          \
	           "{'Name':'UserAgent','Value':'@UA'},@AUTH"                  \
	           "{'Name':'RequestType','Value':'@REQ'}],"                   \
	           "'ModifiedProperties':[],'Actor':[{'ID':'@OID','Type':0},"  \
	           "{'ID':'@UPN','Type':5}],'ActorContextId':'@TENANT',"       \
	           "'ActorIpAddress':'@IP','InterSystemsId':'@CORR',"          \
	           "'IntraSystemId':'@ID','SupportTicketId':'',"               \
	           "'Target':[{'ID':'@RES','Type':0}],"                        \
	           "'TargetContextId':'@TENANT','ApplicationId':'@APP',"       \
	           "'DeviceProperties':[@DEVPROPS],"                           \
	           "'ErrorNumber':'@ERROR'@LOGONERR}"

#define PLACE                                                                  \
	"'location':{'city':'@CITY','state':'@STATE',"                         \
	"'countryOrRegion':'@COUNTRY','geoCoordinates':{'altitude':null,"      \
	"'latitude':@LAT,'longitude':@LON}},"

#define HUB_HEAD                                                               \
	"{'time':'@TIME7Z','resourceId':'/tenants/@TENANT/providers/"          \
	"Microsoft.aadiam','operationName':'Sign-in activity',"                \
	"'operationVersion':'1.0','category':'@CATEGORY',"                     \
	"'tenantId':'@TENANT','resultType':'@ERROR','resultSignature':'None'," \
	"'resultDescription':'@REASON','durationMs':0,"                        \
	"'callerIpAddress':'@IP','correlationId':'@CORR','identity':'@NAME',"  \
	"'Level':4,'location':'@COUNTRY','properties':"

/* What interactive and silent sign-ins of people have in common. */
#define PERSON_SIGNIN                                                          \
	"'userDisplayName':'@NAME','userPrincipalName':'@UPN',"                \
	"'userId':'@OID','appId':'@APP','appDisplayName':'@APPNAME',"          \
	"'ipAddress':'@IP','clientAppUsed':'@CLIENTUSED','userAgent':'@UA',"   \
	"'correlationId':'@CORR','conditionalAccessStatus':'@CASTATUS',"       \
	"'originalRequestId':'@ID','isInteractive':@INTERACTIVE,"              \
	"'tokenIssuerName':'','tokenIssuerType':'AzureAD',"                    \
	"'processingTimeInMilliseconds':@MS,'riskDetail':'none',"              \
	"'riskLevelAggregated':'@RISK','riskLevelDuringSignIn':'@RISK',"       \
	"'riskState':'@RISKSTATE','riskEventTypes_v2':[@RISKS],"               \
	"'resourceDisplayName':'@RESNAME','resourceId':'@RES',"                \
	"'resourceTenantId':'@TENANT','homeTenantId':'@TENANT',"               \
	"'authenticationRequirement':'@REQUIREMENT','userType':'member',"      \
	"'flaggedForReview':false,'isTenantRestricted':false,"                 \
	"'autonomousSystemNumber':@ASN,'crossTenantAccessType':'none',"        \
	"'uniqueTokenIdentifier':'@UTI','sessionId':'@SESSION',"               \
	"'incomingTokenType':'@TOKENIN','authenticationProtocol':"             \
	"'@PROTOCOL','originalTransferMethod':'@TRANSFER',"                    \
	"'signInTokenProtectionStatus':'@BOUND','status':{'errorCode':"        \
	"@STATUS,'failureReason':'@REASON','additionalDetails':'@DETAIL'},"    \
	"'deviceDetail':{'deviceId':'@DEVICE','displayName':'@DEVNAME',"       \
	"'operatingSystem':'@OS','browser':'@BROWSERV','isCompliant':"         \
	"@COMPLIANT,'isManaged':@COMPLIANT,'trustType':'@TRUST'}," PLACE       \
	"'networkLocationDetails':[],'appliedConditionalAccessPolicies':[{"    \
	"'id':'@POLICY','displayName':'Require MFA for everyone',"             \
	"'enforcedGrantControls':['Mfa'],'enforcedSessionControls':[],"        \
	"'result':'@CASTATUS'}],'authenticationProcessingDetails':[{"          \
	"'key':'Is CAE Token','value':'False'}],"                              \
	"'authenticationDetails':[@STEPS]"

#define AUDIT STREAM_AUDIT

/* --- data loss prevention --- */

/* What was found is not told, only its type and how often. */
#define DLP_HEAD                                                               \
	SHAPE_HEAD "'UserKey':'@OID','UserType':@UTYPE,'Version':1,"           \
	           "'Workload':'@WORKLOAD',@CIP'ObjectId':'@OBJECT',"          \
	           "'UserId':'@USERID','IncidentId':'@P7',"

#define DLP_POLICY                                                             \
	"'PolicyDetails':[{'PolicyId':'@P1','PolicyName':'@P2','Rules':[{"     \
	"'Actions':[@PARAMS],'ConditionsMatched':{"                            \
	"'ConditionMatchedInNewScheme':true,'SensitiveInformation':[{"         \
	"'Confidence':@CODE,'Count':@COUNT,'Location':'@TARGET',"              \
	"'SensitiveInformationTypeName':'@P6','SensitiveType':'@P5',"          \
	"'UniqueCount':@COUNT}]},'RuleId':'@P3','RuleMode':'Enable',"          \
	"'RuleName':'@P4','Severity':'@SEV'}]}],"                              \
	"'SensitiveInfoDetectionIsIncluded':false,"

const struct shape_row shapes[SHAPE_COUNT] = {
    [SHAPE_BIND_REST] = {AUDIT, "MailItemsAccessed", 50,
        MAIL_HEAD "'UserId':'@USERID',@CTX'AppId':'@APP',"
                  "'ClientAppId':'@CLIENTAPP','ClientIPAddress':'@IP',"
                  "'ClientInfoString':'@CLIENT'," MAIL_OWNER MAIL_ACCESS
                      MAIL_SERVER MAIL_FOLDERS},
    [SHAPE_BIND_WEB] = {AUDIT, "MailItemsAccessed", 50,
        MAIL_HEAD
        "'UserId':'@USERID',@CTX'AppId':'@APP',"
        "'ClientIPAddress':'@IP','ClientInfoString':'@CLIENT'," MAIL_OWNER
            MAIL_ACCESS MAIL_SERVER "'SessionId':'@SESSION'," MAIL_FOLDERS},
    [SHAPE_BIND_APP] = {AUDIT, "MailItemsAccessed", 50,
        MAIL_HEAD
        "'UserId':'@USERID',@CTX'ActorInfoString':'@CLIENT',"
        "'AppId':'@APP','AuthType':'Bearer',"
        "'ClientAppId':'@CLIENTAPP','ClientIPAddress':'@IP',"
        "'ClientInfoString':'@CLIENT','ExternalAccess':false,"
        "'InternalLogonType':0,'LogonType':0,'MailboxGuid':'@MBX',"
        "'MailboxOwnerSid':'@MSID','MailboxOwnerUPN':'@MUPN'," MAIL_ACCESS
            MAIL_SERVER "'TokenTenantId':'@TENANT'," MAIL_FOLDERS},
    [SHAPE_ATTACHMENT_APP] = {AUDIT, "AttachmentAccess", 50,
        MAIL_HEAD "'UserId':'@USERID',@CTX'ActorInfoString':'@CLIENT',"
                  "'AppId':'@APP','AuthType':'Bearer',"
                  "'ClientAppId':'@CLIENTAPP','ClientIPAddress':'@IP',"
                  "'ClientInfoString':'@CLIENT','ExternalAccess':false,"
                  "'InternalLogonType':0,'LogonType':0,'MailboxGuid':'@MBX',"
                  "'MailboxOwnerSid':'@MSID','MailboxOwnerUPN':'@MUPN',"
                  "'OperationProperties':[{'Name':'AttachmentAccessType',"
                  "'Value':'@ACCESS'}]," MAIL_SERVER
                  "'TokenTenantId':'@TENANT',"
                  "'Messages':[@FOLDERS],'OperationCount':@COUNT}"},
    [SHAPE_SYNC] = {AUDIT, "MailItemsAccessed", 2,
        MAIL_HEAD
        "'ClientIP':'@IP','UserId':'@USERID',"
        "'ClientIPAddress':'@IP','ClientInfoString':'@CLIENT',"
        "'ClientProcessName':'OUTLOOK.EXE',"
        "'ClientVersion':'16.0.19127.20192'," MAIL_OWNER MAIL_ACCESS MAIL_SERVER
        "'SessionId':'@SESSION','Item':{'Id':'@FOLDERID',"
        "'ParentFolder':{'Id':'@FOLDERID','Name':'@FOLDER',"
        "'Path':'Not Available'}}}"},
    [SHAPE_SEND] = {AUDIT, "Send", 2,
        MAIL_WEB MAIL_OWNER MAIL_SERVER
        "'SessionId':'@SESSION','Item':{@ITEMS" MAIL_ITEM "}"},
    [SHAPE_CREATE] = {AUDIT, "Create", 2,
        MAIL_WEB MAIL_OWNER MAIL_SERVER
        "'SessionId':'@SESSION','Item':{@ITEMS'Id':'@ITEMID',"
        "'InternetMessageId':'@MSGID','IsRecord':false,'ParentFolder':{"
        "'Id':'@FOLDERID','Path':'\\\\@FOLDER'},'SizeInBytes':@SIZE,"
        "'Subject':'@SUBJECT'}}"},
    [SHAPE_UPDATE] = {AUDIT, "Update", 2,
        MAIL_WEB MAIL_OWNER MAIL_SERVER
        "'Item':{@ITEMS'Id':'@ITEMID','InternetMessageId':'@MSGID',"
        "'IsRecord':false,'ParentFolder':{'Id':'@FOLDERID',"
        "'Path':'\\\\@FOLDER'},'SizeInBytes':@SIZE,'Subject':'@SUBJECT'},"
        "'ModifiedProperties':['AttachmentCollection']}"},
    [SHAPE_MOVE_DELETED] = {AUDIT, "MoveToDeletedItems", 3,
        MAIL_DELETE MAIL_DEST MAIL_FOLDER},
    [SHAPE_SOFT_DELETE] = {AUDIT, "SoftDelete", 3, MAIL_DELETE MAIL_FOLDER},
    [SHAPE_HARD_DELETE] = {AUDIT, "HardDelete", 3, MAIL_DELETE MAIL_FOLDER},
    [SHAPE_MAIL_SEARCH] = {AUDIT, "SearchQueryInitiatedExchange", 101,
        MAIL_HEAD "'ClientIP':'@IP','UserId':'@USERID',@CTX'AppId':'@APP',"
                  "'ClientInfoString':'@CLIENT','MailboxGuid':'@MBX',"
                  "'MailboxOwnerUPN':'@MUPN','OrganizationName':'@ORG',"
                  "'QuerySource':'Exchange','QueryText':'@QUERY',"
                  "'ScenarioName':'owa.react','SessionId':'@SESSION'}"},
    [SHAPE_FOLDER_RIGHTS] = {AUDIT, "ModifyFolderPermissions", 2,
        MAIL_WEB MAIL_OWNER MAIL_SERVER
        "'SessionId':'@SESSION','Item':{'Id':'@FOLDERID','ParentFolder':{"
        "'Id':'@FOLDERID','MemberRights':'@DATA','MemberSid':'S-1-1-0',"
        "'MemberUpn':'@TARGET','Name':'@FOLDER',"
        "'Path':'\\\\Calendar\\\\@FOLDER'}}}"},
    [SHAPE_EXCHANGE_ADMIN] = {AUDIT, NULL, 1,
        SHAPE_HEAD "'ResultStatus':'True','UserKey':'@UKEY',"
                   "'UserType':@UTYPE,'Version':1,'Workload':'Exchange',"
                   "@CIP'ObjectId':'@OBJECT','UserId':'@USERID',"
                   "'AppId':'@APP','ClientAppId':'','ExternalAccess':@EXTERNAL,"
                   "'OrganizationName':'@ORG','OriginatingServer':'@SERVER',"
                   "'Parameters':[@PARAMS]@SESS}"},

    [SHAPE_FILE_ACCESSED] = {AUDIT, "FileAccessed", 6,
        SITE_HEAD SITE_FILE "'HighPriorityMediaProcessing':false," SITE_TAIL},
    [SHAPE_FILE_MODIFIED] = {AUDIT, "FileModified", 6,
        SITE_HEAD SITE_FILE "'FileSizeBytes':@SIZE," SITE_TAIL},
    [SHAPE_FILE_DOWNLOADED] = {AUDIT, "FileDownloaded", 6,
        SITE_HEAD
        "'ApplicationId':'@APP'," SITE_FILE
        "'FileSizeBytes':@SIZE,'HighPriorityMediaProcessing':false," SITE_TAIL},
    [SHAPE_FILE_UPLOADED] = {AUDIT, "FileUploaded", 6,
        SITE_HEAD SITE_FILE "'HighPriorityMediaProcessing':false,"
                            "'ImplicitShare':'No'," SITE_TAIL},
    [SHAPE_FILE_PREVIEWED] = {AUDIT, "FilePreviewed", 6,
        SITE_HEAD SITE_FILE "'HighPriorityMediaProcessing':false," SITE_TAIL},
    [SHAPE_FILE_SYNCED] = {AUDIT, "FileSyncDownloadedFull", 6,
        SITE_HEAD "'ApplicationId':'@APP'," SITE_FILE
                  "'FileSizeBytes':@SIZE,'FileSyncBytesCommitted':'@SIZE',"
                  "'HighPriorityMediaProcessing':false," SITE_TAIL},
    [SHAPE_FOLDER_MODIFIED] = {AUDIT, "FolderModified", 6,
        SITE_HEAD "'CorrelationId':'@CORR','EventSource':'SharePoint',"
                  "'ItemType':'Folder','ListId':'@LIST',"
                  "'ListItemUniqueId':'@ITEM','Site':'@SITE','UserAgent':"
                  "'@UA','WebId':'@WEB','SourceFileExtension':'',"
                  "'SiteUrl':'@SITEURL/','SourceFileName':'Documents',"
                  "'SourceRelativeUrl':''}"},
    [SHAPE_PAGE_VIEWED] = {AUDIT, "PageViewed", 4,
        SITE_HEAD "'CorrelationId':'@CORR','EventSource':'SharePoint',"
                  "'ItemType':'Page','Site':'@SITE','UserAgent':'@UA',"
                  "'WebId':'@WEB'}"},
    [SHAPE_LIST_VIEWED] = {AUDIT, "ListViewed", 36,
        SITE_HEAD "'CorrelationId':'@CORR','DoNotDistributeEvent':true,"
                  "'EventSource':'SharePoint','ItemType':'List',"
                  "'ListId':'@LIST','Site':'@SITE','UserAgent':'@UA',"
                  "'WebId':'@WEB','CustomizedDoclib':false,'FromApp':false,"
                  "'ItemCount':@COUNT,'ListBaseTemplateType':'101',"
                  "'ListBaseType':'DocumentLibrary','ListColor':'',"
                  "'ListIcon':'','Source':'Unknown','TemplateTypeId':'',"
                  "'ListTitle':'@LIST'}"},
    [SHAPE_SHARING_SET] = {AUDIT, "SharingSet", 14,
        SITE_HEAD SITE_FILE
        "'EventData':'<Permissions granted>@DATA</Permissions granted>"
        "<MembersCanShareApplied>False</MembersCanShareApplied>',"
        "'SourceFileExtension':'@EXT','TargetUserOrGroupType':'@TYPENAME'"
        "," SITE_SHARED ",'TargetUserOrGroupName':'@TARGET'}"},
    [SHAPE_ANONYMOUS_LINK] = {AUDIT, "AnonymousLinkCreated", 14,
        SITE_HEAD SITE_FILE
        "'EventData':'<Type>@DATA</Type>"
        "<MembersCanShareApplied>False</MembersCanShareApplied>',"
        "'SourceFileExtension':'@EXT','UniqueSharingId':'@P2'," SITE_SHARED
        "}"},
    [SHAPE_LINK_REMOVED] = {AUDIT, "AnonymousLinkRemoved", 14,
        SITE_HEAD SITE_FILE
        "'EventData':'<Type>@DATA</Type>"
        "<MembersCanShareApplied>False</MembersCanShareApplied>',"
        "'SourceFileExtension':'@EXT','UniqueSharingId':'@P2'," SITE_SHARED
        "}"},
    [SHAPE_ADDED_TO_GROUP] = {AUDIT, "AddedToGroup", 14,
        SITE_HEAD "'CorrelationId':'@CORR','EventSource':'SharePoint',"
                  "'ItemType':'Web','Site':'@SITE','UserAgent':'@UA',"
                  "'WebId':'@WEB','EventData':'<Group>@DATA</Group>',"
                  "'TargetUserOrGroupType':'@TYPENAME','SiteUrl':'@SITEURL',"
                  "'TargetUserOrGroupName':'@TARGET'}"},

    [SHAPE_MESSAGE_SENT] = {AUDIT, "MessageSent", 25,
        TEAMS_HEAD
        "'ClientIP':'@IP','UserId':'@USERID',@CTX"
        "'ChatThreadId':'@THREAD','CommunicationType':'@TYPENAME'," TEAMS_EXTRA
        "'MessageId':'@P1','MessageVersion':'@P1',"
        "'MessageSizeInBytes':@SIZE,'ParticipantInfo':{"
        "'HasForeignTenantUsers':false,'HasGuestUsers':false,"
        "'HasOtherGuestUsers':false,'HasUnauthenticatedUsers':false,"
        "'ParticipatingTenantIds':['@TENANT']},"
        "'ResourceTenantId':'@TENANT','ItemName':'@THREAD'}"},
    [SHAPE_TEAMS_SESSION] = {AUDIT, "TeamsSessionStarted", 25,
        TEAMS_HEAD "'ClientIP':'@IP','ObjectId':'@OS (1415/25090321324)',"
                   "'UserId':'@USERID',@CTX'ExtraProperties':[]}"},
    [SHAPE_CHAT_CREATED] = {AUDIT, "ChatCreated", 25,
        TEAMS_HEAD
        "'ClientIP':'@IP','UserId':'@USERID',@CTX"
        "'ChatThreadId':'@THREAD','CommunicationType':'@TYPENAME'," TEAMS_EXTRA
        "'Members':[@PARTS],'ItemName':'@THREAD'}"},
    [SHAPE_MEMBER_ADDED] = {AUDIT, "MemberAdded", 25,
        TEAMS_HEAD "'UserId':'@USERID','AADGroupId':'@GROUP',"
                   "'CommunicationType':'Team','ExtraProperties':[],"
                   "'Members':[@PARTS],'TeamGuid':'@THREAD',"
                   "'ItemName':'@TEAM','TeamName':'@TEAM'}"},
    [SHAPE_MEETING] = {AUDIT, "MeetingParticipantDetail", 25,
        TEAMS_HEAD "'ClientIP':'@IP','UserId':'@USERID',@CTX"
                   "'Attendees':[{'OrganizationId':'@TENANT','RecipientType':"
                   "'User','DisplayName':'@NAME','UPN':'@UPN',"
                   "'UserObjectId':'@OID'}],'MeetingDetailId':'@GUID',"
                   "'JoinTime':'@P1','LeaveTime':'@TIMEZ',"
                   "'DeviceInformation':'@OS','ExtraProperties':[],"
                   "'ArtifactsShared':[{'Name':'videoSharing','Value':'@P2'}],"
                   "'ItemName':'@GUID'}"},

    [SHAPE_LOGGED_IN] = {AUDIT, "UserLoggedIn", 15, LOGON},
    [SHAPE_LOGIN_FAILED] = {AUDIT, "UserLoginFailed", 15, LOGON},

    [SHAPE_ALERT] = {AUDIT, "AlertTriggered", 40,
        SHAPE_HEAD
        "'ResultStatus':'Succeeded','UserKey':'SecurityComplianceAlerts',"
        "'UserType':4,'Version':1,'Workload':'SecurityComplianceCenter',"
        "'ObjectId':'@ALERT','UserId':'@USERID','AlertId':'@ALERT',"
        "'AlertLinks':[{'AlertLinkHref':''}],'AlertType':'System',"
        "'Category':'@CATEGORY','Comments':'New alert','Data':'@DATA',"
        "'Name':'@TNAME','PolicyId':'@POLICY','Severity':'@SEV',"
        "'Source':'@SOURCE','Status':'Active'}"},
    [SHAPE_ALERT_ENTITY] = {AUDIT, "AlertEntityGenerated", 40,
        SHAPE_HEAD
        "'ResultStatus':'Succeeded','UserKey':'SecurityComplianceAlerts',"
        "'UserType':4,'Version':1,'Workload':'SecurityComplianceCenter',"
        "'ObjectId':'@TUPN','UserId':'@USERID','AlertEntityId':'@TUPN',"
        "'AlertId':'@ALERT','AlertLinks':[{'AlertLinkHref':''}],"
        "'AlertType':'System','Category':'@CATEGORY',"
        "'Comments':'New alert','Data':'@DATA','EntityType':'User',"
        "'Name':'@TNAME','PolicyId':'@POLICY','Severity':'@SEV',"
        "'Source':'@SOURCE','Status':'Active'}"},
    [SHAPE_COMPLIANCE_CMDLET] = {AUDIT, "Get-DlpSiDetectionsReport", 18,
        SHAPE_HEAD
        "'ResultStatus':'Success','UserKey':'@UPN','UserType':2,'Version':1,"
        "'Workload':'SecurityComplianceCenter','ObjectId':'',"
        "'UserId':'@USERID','SecurityComplianceCenterEventType':0,"
        "'ClientApplication':'EMC','CmdletVersion':'...',"
        "'EffectiveOrganization':'@ORG','NonPIIParameters':'',"
        "'Parameters':'','StartTime':'@TIME','UserServicePlan':''}"},
    [SHAPE_INSIGHTS] = {AUDIT, "SearchDataInsightsSubscription", 52,
        SHAPE_HEAD
        "'UserKey':'@UPN','UserType':5,'Version':1,"
        "'Workload':'SecurityComplianceCenter','UserId':'@USERID',"
        "'AadAppId':'80ccca67-54bd-44ab-8625-4b79c4dc7775',"
        "'DataType':'DataInsightsSubscription','DatabaseType':'Directory',"
        "'RelativeUrl':'/DataInsights/DataInsightsService.svc/Find/"
        "DataInsightsSubscription?tenantid=@TENANT','ResultCount':'1'}"},

    [SHAPE_DLP_MAIL] = {AUDIT, "DlpRuleMatch", 13,
        DLP_HEAD DLP_POLICY
        "'ExchangeMetaData':{'BCC':[],'CC':[],'FileSize':@SIZE,"
        "'From':'@UPN','MessageID':'@MSGID','RecipientCount':1,"
        "'Sent':'@TIME','Subject':'@SUBJECT','To':['@TUPN'],"
        "'UniqueID':'@GUID'}}"},
    [SHAPE_DLP_FILE] = {AUDIT, "DlpRuleMatch", 11,
        DLP_HEAD DLP_POLICY
        "'SharePointMetaData':{'DocumentLastModifier':'@NAME',"
        "'DocumentSharer':'@NAME','FileName':'@FILE',"
        "'FileOwner':'@NAME','FilePathUrl':'@OBJECT','From':'@UPN',"
        "'IsViewableByExternalUsers':false,'LastModifiedTime':'@TIME',"
        "'SiteCollectionGuid':'@SITE','SiteCollectionUrl':'@SITEURL',"
        "'UniqueId':'@ITEM','itemCreationTime':'@TIME'}}"},
    [SHAPE_DLP_DEVICE] = {AUDIT, "DlpRuleMatch", 63,
        DLP_HEAD DLP_POLICY
        "'EndpointMetaData':{'Application':'@APPNAME',"
        "'DestinationLocationType':@TYPENAME,'DeviceName':'@DEVNAME',"
        "'EndpointOperation':'@DETAIL','EnforcementMode':1,"
        "'FileExtension':'@EXT','FileSize':@SIZE,'JitTriggered':false,"
        "'MDATPDeviceId':'@DATA','RMSEncrypted':false,"
        "'SensitiveInfoTypeData':[{'Confidence':@CODE,'Count':@COUNT,"
        "'SensitiveInfoTypeId':'@P5','SensitiveInfoTypeName':'@P6',"
        "'UniqueCount':@COUNT}],'TargetDomain':'@URI'}}"},

    [SHAPE_SIGNIN] = {STREAM_SIGNIN, "Sign-in activity", 0,
        "{'id':'@ID','createdDateTime':'@TIMEZ'," PERSON_SIGNIN "}"},
    [SHAPE_SIGNIN_SILENT] = {STREAM_SIGNIN_SILENT, "Sign-in activity", 0,
        HUB_HEAD "{'id':'@ID','createdDateTime':'@TIME7+00:00'," PERSON_SIGNIN
                 "}}"},
    [SHAPE_SIGNIN_SERVICE] = {STREAM_SIGNIN_SERVICE, "Sign-in activity", 0,
        HUB_HEAD
        "{'id':'@ID','createdDateTime':'@TIME7+00:00','userId':null,"
        "'appId':'@APP','appDisplayName':'@APPNAME','ipAddress':'@IP',"
        "'status':{'errorCode':@STATUS}," PLACE "'correlationId':'@CORR',"
        "'conditionalAccessStatus':'notApplied',"
        "'appliedConditionalAccessPolicies':[],'isInteractive':false,"
        "'tokenIssuerType':'AzureAD','authenticationProcessingDetails':[{"
        "'key':'Azure AD App Authentication Library','value':''}],"
        "'processingTimeInMilliseconds':@MS,'riskDetail':'none',"
        "'riskLevelAggregated':'none','riskLevelDuringSignIn':'none',"
        "'riskState':'none','resourceDisplayName':'@RESNAME',"
        "'resourceId':'@RES','resourceServicePrincipalId':'@TOID',"
        "'resourceTenantId':'@TENANT','servicePrincipalName':'@APPNAME',"
        "'servicePrincipalId':'@OID','appOwnerTenantId':'@OWNER',"
        "'flaggedForReview':false,'isTenantRestricted':false,"
        "'autonomousSystemNumber':@ASN,'crossTenantAccessType':'none',"
        "'servicePrincipalCredentialKeyId':'@KEYID',"
        "'clientCredentialType':'@CREDTYPE','uniqueTokenIdentifier':'@UTI',"
        "'incomingTokenType':'none','authenticationProtocol':'none'}}"},
    [SHAPE_GRAPH] = {STREAM_GRAPH, "Microsoft Graph Activity", 0,
        "{'time':'@TIME7Z','resourceId':'/TENANTS/@TENANT/PROVIDERS/"
        "MICROSOFT.AADIAM','operationName':'Microsoft Graph Activity',"
        "'operationVersion':'v1.0','category':'MicrosoftGraphActivityLogs',"
        "'resultSignature':'@CODE','durationMs':@MS,"
        "'callerIpAddress':'@IP','correlationId':'@ID','Level':4,"
        "'location':'West Europe','tenantId':'@TENANT','properties':{"
        "'timeGenerated':'@TIME7Z','location':'West Europe',"
        "'requestId':'@ID','operationId':'@ID','clientRequestId':'@GUID',"
        "'apiVersion':'v1.0','requestMethod':'@VERB',"
        "'responseStatusCode':@CODE,'tenantId':'@TENANT',"
        "'durationMs':@MS,'responseSizeBytes':@SIZE,"
        "'signInActivityId':'@UTI','roles':@ROLES,'appId':'@APP',"
        "'userId':@USERREF,'servicePrincipalId':@SPREF,'scopes':@SCOPES,"
        "'identityProvider':'https://sts.windows.net/@TENANT/',"
        "'clientAuthMethod':'@METHOD','wids':'@DATA','c_Sid':'@SESSION',"
        "'atContent':'','ipAddress':'@IP','userAgent':'@UA',"
        "'requestUri':'https://graph.microsoft.com/v1.0@URI',"
        "'tokenIssuedAt':'@P1'}}"},
};
