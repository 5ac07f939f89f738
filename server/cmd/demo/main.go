// Demo serves Runnel's live page: the machine it runs on, watched through typed
// server-sent events.
//
//	go run ./server/cmd/demo [-addr host:port] [-data directory | -memory | -nats URLs]
//
// demo -h lists all flags.
package main

import "github.com/runnel-go/runnel/server/demo/command"

func main() { command.Main() }
