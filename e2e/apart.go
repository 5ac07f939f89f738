//go:build !js

package e2e

import (
	"context"
	"errors"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// evalApart returns the value of a JavaScript expression, a promise's once it
// has settled, in a world of its own: the document is the page's, the globals
// are not, and the page's Content-Security-Policy does not hold. The globals
// stay as long as the document does.
func evalApart[T any](p *Page, expression string) (T, error) {
	ctx, cancel := p.bound()
	defer cancel()
	value, err := chromedp.Run(ctx, func(ctx context.Context, t *chromedp.Target) (T, error) {
		var none T
		tree, err := cdp.Call(ctx, t, page.GetFrameTree, cdp.Empty{})
		if err != nil {
			return none, err
		}
		world, err := cdp.Call(ctx, t, page.CreateIsolatedWorld, page.CreateIsolatedWorldParams{
			FrameID: tree.FrameTree.Frame.ID, WorldName: "runnel e2e",
		})
		if err != nil {
			return none, err
		}
		return chromedp.Evaluate[T](expression, func(e *runtime.EvaluateParams) {
			e.AwaitPromise, e.ContextID = new(true), world.ExecutionContextID
		})(ctx, t)
	})
	var thrown *chromedp.ExceptionError
	if errors.As(err, &thrown) {
		return value, errors.New(exceptionLine(thrown.ExceptionDetails).text)
	}
	return value, p.answered(err)
}
