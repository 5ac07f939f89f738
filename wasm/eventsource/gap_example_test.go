package eventsource_test

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/runnel-go/runnel/wasm/eventsource"
)

func ExampleGapError() {
	const text = "id: a-2\ndata: 2\n\n" +
		"event: gap\nid: a-14\ndata: {\"from\":\"a-3\",\"to\":\"a-14\",\"missed\":12,\"reason\":\"dropped\"}\n\n" +
		"id: a-15\ndata: 15\n\n"
	src, err := eventsource.FromReader(context.Background(), strings.NewReader(text))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer src.Close()
	numbers, err := eventsource.Subscribe[int](src, "", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for number, err := range numbers.Events() {
		if gap, ok := errors.AsType[*eventsource.GapError](err); ok {
			fmt.Println(gap)
			fmt.Println("to be loaded anew:", gap.From, "to", gap.To)
			continue
		}
		if err != nil {
			break // the end
		}
		fmt.Println(number.ID, number.Data)
	}
	// Output:
	// a-2 2
	// eventsource: the server does not send 12 messages from "a-3" to "a-14": its log no longer holds them
	// to be loaded anew: a-3 to a-14
	// a-15 15
}
