# Bash completion for firn.  Needs nothing but bash 4; tests/e2e/test_docs.sh
# compares the options with those of --help.

# Offers the words of $1 that begin with what is typed.
_firn_words()
{
	mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur")
}

# Offers files, or only folders with -d.  Names may hold blanks.
_firn_files()
{
	mapfile -t COMPREPLY < <(compgen "${1:--f}" -- "$cur")
	compopt -o filenames 2>/dev/null || : # not when tested
}

# The value of the option before the cursor; fails if it takes none.
_firn_value()
{
	case $1:$2 in
	scan:--level | scan:--fail-on)
		_firn_words "informational low medium high critical" ;;
	scan:--format)
		_firn_words "table ndjson json csv html" ;;
	rules:--format)
		_firn_words "table json" ;;
	scan:--progress)
		_firn_words "auto never" ;;
	scan:--rules)
		_firn_files -d ;;
	import:--format | damage:--format)
		_firn_words "text json" ;;
	import:--progress | verify:--progress)
		_firn_words "auto never" ;;
	status:--format)
		_firn_words "text json" ;;
	run:--config | run:-c | status:--config | status:-c)
		_firn_files ;;
	damage:--cut | damage:--add)
		_firn_words "ip: session: token: device: credential: app:
		    user: record:" ;;
	status:--at | damage:--*)
		COMPREPLY=() ;;
	verify:--format | ledger:--format | coverage:--format | \
	    check:--format)
		_firn_words "table json" ;;
	witness:--state)
		_firn_files -d ;;
	search:--format | sql:--format)
		_firn_words "table csv ndjson" ;;
	search:--histogram)
		_firn_words "hour day month" ;;
	search:--order)
		_firn_words "time -time index -index" ;;
	search:--limit | search:--page | search:--tenant | search:--purpose | \
	    sql:--tenant | sql:--purpose)
		COMPREPLY=() ;;
	init:--key | import:--key | verify:--key | verify-proof:--key | \
	    verify-proof:--record | prove:--out | witness:--key | \
	    witness:--logs | ledger:--policy | ledger:--new | ledger:--key | \
	    keys:--new | keys:--key)
		_firn_files ;;
	keys:--name | init:--origin | import:--threads | prove:--index | \
	    prove:--id | witness:--listen | ledger:--before | \
	    ledger:--query | ledger:--reason | ledger:--source | \
	    ledger:--new-origin)
		COMPREPLY=() ;;
	scan:--out | scan:--summary | scan:--rejects | rules:--placeholders | \
	    check:--config)
		_firn_files ;;
	scan:--from | scan:--to | scan:--threads | \
	    coverage:--from | coverage:--to | coverage:--source | \
	    check:--source | \
	    rules:--time-field | rules:--record)
		COMPREPLY=() ;;
	*)
		return 1 ;;
	esac
}

_firn_options()
{
	case $1 in
	scan)
		_firn_words "--rules --no-shipped-rules --level --from --to
		    --format --out --events --ocsf --summary --rejects
		    --threads --fail-on --progress --help" ;;
	rules)
		_firn_words "--format --cost --attack --ignore-logsource --time-field
		    --placeholders --record --help" ;;
	run)
		_firn_words "--config --help" ;;
	status)
		_firn_words "--config --at --format --help" ;;
	check-config)
		_firn_words "--keys --help" ;;
	init)
		_firn_words "--origin --key --help" ;;
	import)
		_firn_words "--key --threads --format --progress --help" ;;
	verify)
		_firn_words "--key --quick --format --progress --help" ;;
	prove)
		_firn_words "--index --id --out --help" ;;
	verify-proof)
		_firn_words "--key --record --help" ;;
	ledger)
		_firn_words "--all --before --bundles --follow --format --keep
		    --key --new --new-origin --policy --query --reason
		    --source --yes --help" ;;
	damage)
		_firn_words "--ip --user --session --app --finding --from --to
		    --at --cut --add --state --report --by --purpose --within
		    --case --why --format --help" ;;
	coverage)
		_firn_words "--from --to --source --hours --format --help" ;;
	check)
		_firn_words "--config --source --all --format --help" ;;
	search)
		_firn_words "--format --order --limit --page --count --histogram
		    --tenant --purpose --help" ;;
	sql)
		_firn_words "--format --tenant --purpose --help" ;;
	keys)
		_firn_words "--name --cosigner --new --key --help" ;;
	witness)
		_firn_words "--key --logs --state --listen --help" ;;
	*)
		_firn_words "--help --version" ;;
	esac
}

# What is no option: a command, a verb of `firn rules`, or a path.
_firn_word()
{
	local command=$1 i

	case $command in
	"")
		_firn_words "scan rules run status check-config init import
		    coverage damage check search sql verify prove verify-proof ledger keys witness help --help
		    --version" ;;
	help)
		_firn_words "scan rules run status check-config init import
		    coverage damage check search sql verify prove verify-proof ledger keys witness" ;;
	scan | import | verify-proof | check-config)
		_firn_files ;;
	init | coverage | damage | search | sql | verify | prove)
		_firn_files -d ;;
	check)
		_firn_words "m365" ;;
	ledger)
		if ((COMP_CWORD == 2)); then
			_firn_words "cosign erase expire publish recover
			    reindex seal stat"
		else
			_firn_files -d
		fi ;;
	keys)
		if ((COMP_CWORD == 2)); then
			_firn_words "new rotate show"
		else
			_firn_files
		fi ;;
	rules)
		for ((i = 2; i < COMP_CWORD; i++)); do
			case ${COMP_WORDS[i]} in
			check | test)
				_firn_files -d
				return ;;
			list | match | explain | backtest | bench)
				_firn_files
				return ;;
			esac
		done
		_firn_words "check list test match explain backtest bench" ;;
	esac
}

_firn()
{
	local cur=${COMP_WORDS[COMP_CWORD]} command="" before

	COMPREPLY=()
	((COMP_CWORD < 2)) || command=${COMP_WORDS[1]}
	# bash splits --level=high into three words.
	before=${COMP_WORDS[COMP_CWORD - 1]}
	if [ "$cur" = = ]; then
		cur=
	elif [ "$before" = = ]; then
		before=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	if _firn_value "$command" "$before"; then
		return
	elif [[ $cur == -* ]]; then
		_firn_options "$command"
	else
		_firn_word "$command"
	fi
}

complete -F _firn firn
