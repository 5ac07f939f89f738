//go:build !js

package e2e

// domText is an expression for the page's document as HTML, its open shadow
// roots included as templates.
const domText = `(() => {
	const roots = [];
	const look = (node) => {
		for (const element of node.querySelectorAll("*")) {
			if (element.shadowRoot) {
				roots.push(element.shadowRoot);
				look(element.shadowRoot);
			}
		}
	};
	look(document);
	const root = document.documentElement;
	const type = document.doctype ? new XMLSerializer().serializeToString(document.doctype) + "\n" : "";
	const shell = root.cloneNode().outerHTML;
	const end = shell.lastIndexOf("</");
	return type + shell.slice(0, end) + root.getHTML({ shadowRoots: roots }) + shell.slice(end) + "\n";
})()`
