#!/bin/bash
# A Kafka broker to practise on: one node, no ZooKeeper, on this machine only.
#	scripts/kafka.sh get JARS             Maven puts Kafka's jars there
#	scripts/kafka.sh run JARS DIR         runs until it is killed
#
# `run` keeps all that it has in DIR, and prints there: DIR/brokers, HOST:PORT
# of its listener without a login; DIR/brokers-sasl, of the one that wants
# SASL/PLAIN as user firn with the password secret.  Extra lines for its
# settings are taken from DIR/extra.properties; KAFKA_JAVA is more words
# for java.
set -euo pipefail

version=4.1.1

get()
{
	local jars pom

	mkdir -p "$1"
	jars=$(realpath "$1")
	pom=$(mktemp -d)
	cat >"$pom/pom.xml" <<-END
		<project xmlns="http://maven.apache.org/POM/4.0.0">
		  <modelVersion>4.0.0</modelVersion>
		  <groupId>firn</groupId>
		  <artifactId>kafka</artifactId>
		  <version>1</version>
		  <packaging>pom</packaging>
		  <dependencies>
		    <dependency>
		      <groupId>org.apache.kafka</groupId>
		      <artifactId>kafka_2.13</artifactId>
		      <version>$version</version>
		    </dependency>
		  </dependencies>
		</project>
	END
	(cd "$pom" && mvn -q -B dependency:copy-dependencies \
	    -DincludeScope=runtime "-DoutputDirectory=$jars")
	rm -rf "$pom"
}

# Three ports that are free now.
ports()
{
	python3 - <<-'END'
		import socket
		socks = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
		print(*(s.getsockname()[1] for s in socks))
	END
}

run()
{
	local jars=$1 dir open login control
	local java=(java -Xmx256m -cp "$jars/*" -Dlog4j2.level=WARN)
	local more=()

	read -ra more <<<"${KAFKA_JAVA-}"
	java+=("${more[@]}")
	mkdir -p "$2"
	dir=$(realpath "$2")
	if [ ! -e "$dir/server.properties" ]; then
		read -r open login control < <(ports)
		cat >"$dir/server.properties" <<-END
			process.roles=broker,controller
			node.id=1
			controller.quorum.voters=1@127.0.0.1:$control
			controller.listener.names=CONTROL
			listeners=OPEN://127.0.0.1:$open,LOGIN://127.0.0.1:$login,CONTROL://127.0.0.1:$control
			advertised.listeners=OPEN://127.0.0.1:$open,LOGIN://127.0.0.1:$login
			listener.security.protocol.map=OPEN:PLAINTEXT,LOGIN:SASL_PLAINTEXT,CONTROL:PLAINTEXT
			inter.broker.listener.name=OPEN
			sasl.enabled.mechanisms=PLAIN
			listener.name.login.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_firn="secret";
			log.dirs=$dir/log
			offsets.topic.replication.factor=1
			offsets.topic.num.partitions=1
			transaction.state.log.replication.factor=1
			transaction.state.log.min.isr=1
			group.initial.rebalance.delay.ms=0
			log.retention.check.interval.ms=500
			log.initial.task.delay.ms=500
		END
		[ ! -e "$dir/extra.properties" ] ||
		    cat "$dir/extra.properties" >>"$dir/server.properties"
		echo "127.0.0.1:$open" >"$dir/brokers"
		echo "127.0.0.1:$login" >"$dir/brokers-sasl"
		"${java[@]}" kafka.tools.StorageTool format --ignore-formatted \
		    -t MkU3OEVBNTcwNTJENDM2Qk \
		    -c "$dir/server.properties" >"$dir/format.out" 2>&1
	fi
	exec "${java[@]}" kafka.Kafka "$dir/server.properties" \
	    >>"$dir/broker.out" 2>&1
}

case ${1-} in
get)
	get "$2" ;;
run)
	run "$2" "$3" ;;
*)
	sed -n '2,11s/^# \{0,1\}//p' "$0" >&2
	exit 2 ;;
esac
