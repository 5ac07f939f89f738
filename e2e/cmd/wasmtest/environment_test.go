//go:build !js

package main

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

func TestFitEnvironment(t *testing.T) {
	big := strings.Repeat("x", 5000)
	tests := []struct {
		name    string
		environ []string
		env     map[string]string
		leftOut []string
	}{
		{"all", []string{"B=2", "A=1=1", "=C:=C:\\"}, map[string]string{"A": "1=1", "B": "2"}, nil},
		{
			"short before long", []string{"LONG2=" + big, "LONG1=" + big, "SHORT=1"},
			map[string]string{"SHORT": "1", "LONG2": big}, []string{"LONG1"},
		},
		{
			"Go's own first", []string{"A=" + big, "GODEBUG=" + big + "y"},
			map[string]string{"GODEBUG": big + "y"}, []string{"A"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			env, leftOut := fitEnvironment([]string{"prog", "-test.v"}, test.environ)
			if !maps.Equal(env, test.env) || !slices.Equal(leftOut, test.leftOut) {
				t.Errorf("got %.80v, %v, want %.80v, %v", env, leftOut, test.env, test.leftOut)
			}
		})
	}
}
