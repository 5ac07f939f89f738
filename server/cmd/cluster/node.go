package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/runnel-go/runnel/server/internal/natsnode"
)

// The first argument of the processes that this program starts of itself.
const (
	nodeRole   = "nats-node"
	serverRole = "demo-server"
)

// roleVariable is set for them in the environment, where a test's binary stands
// in for this program.
const roleVariable = "RUNNEL_CLUSTER_MEMBER"

// nodeReady is what a node writes before its address once it is up.
const nodeReady = "NATS node: "

// runNode is a NATS node until it is interrupted or its input ends, with the
// arguments name, directory, address for clients, address for the other nodes,
// and all nodes' addresses of that kind.
func runNode(args []string) int {
	if len(args) != 5 {
		fmt.Fprintln(os.Stderr, "cluster: a node is started by the cluster")
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	node, err := natsnode.Start(args[0], "runnel", args[1], args[2], args[3], strings.Split(args[4], ","))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer node.Shutdown()
	fmt.Println(nodeReady + args[2])
	go func() {
		io.Copy(io.Discard, os.Stdin) // ends with the process that has started this one
		stop()
	}()
	<-ctx.Done()
	return 0
}
