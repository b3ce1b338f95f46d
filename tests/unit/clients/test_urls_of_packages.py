"""URLs in the forms of the registries, each with the package that it is of; and URLs that are of none."""

import pytest

from netanalyze.clients.packages import package_of

OF_PACKAGES = {
    "https://proxy.golang.org/golang.org/x/text/@v/list": ("go", "golang.org/x/text", "", "proxy"),
    "https://proxy.golang.org/golang.org/x/text/@latest": ("go", "golang.org/x/text", "", "proxy"),
    "https://mirror.example/go/rsc.io/quote/@v/v1.5.2.info": ("go", "rsc.io/quote", "v1.5.2", "proxy"),
    "https://p.example/rsc.io/quote/@v/v1.5.3-0.20180214005840-!a.mod": (
        "go", "rsc.io/quote", "v1.5.3-0.20180214005840-A", "proxy",
    ),
    "https://sum.golang.org/lookup/github.com/!burnt!sushi/toml@v1.4.0": (
        "go", "github.com/BurntSushi/toml", "v1.4.0", "sumdb",
    ),
    "https://p.example/sumdb/sum.golang.org/lookup/rsc.io/quote@v1.5.2": ("go", "rsc.io/quote", "v1.5.2", "sumdb"),
    "https://rsc.io/quote?go-get=1": ("go", "rsc.io/quote", "", "direct"),
    "https://pypi.org/simple/requests/": ("pip", "requests", "", "index"),
    "https://f.example/packages/ab/cd/typing_extensions-4.12.2-py3-none-any.whl.metadata": (
        "pip", "typing-extensions", "4.12.2", "files",
    ),
    "https://f.example/packages/aa/numpy-2.1.0-1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl": (
        "pip", "numpy", "2.1.0", "files",
    ),
    "https://pypi.org/simple/zope-interface/": ("pip", "zope-interface", "", "index"),
    "https://f.example/packages/source/p/zope.interface-6.4.tar.gz": ("pip", "zope-interface", "6.4", "files"),
    "https://registry.npmjs.org/left-pad": ("npm", "left-pad", "", "index"),
    "https://npm.example/npm/@babel%2fcore": ("npm", "@babel/core", "", "index"),
    "https://npm.example/npm/left-pad/-/left-pad-1.3.0.tgz": ("npm", "left-pad", "1.3.0", "files"),
    "https://registry.npmjs.org/@babel/core/-/core-7.25.0-beta.1.tgz": ("npm", "@babel/core", "7.25.0-beta.1", "files"),
    "https://index.crates.io/se/rd/serde": ("cargo", "serde", "", "index"),
    "https://index.crates.io/3/l/log": ("cargo", "log", "", "index"),
    "https://static.crates.io/crates/serde/serde-1.0.203.crate": ("cargo", "serde", "1.0.203", "files"),
    "https://crates.io/api/v1/crates/serde/1.0.203/download": ("cargo", "serde", "1.0.203", "files"),
}  # fmt: skip


@pytest.mark.parametrize("url", OF_PACKAGES)
def test_the_form_of_a_url_tells_the_package(url):
    assert tuple(package_of(url)) == OF_PACKAGES[url]


@pytest.mark.parametrize("url", [
    "https://go.dev/dl/go1.27.linux-amd64.tar.gz",
    "https://github.com/golang/text/info/refs?service=git-upload-pack",
    "https://sum.golang.org/tile/8/0/x123/456",
    "https://sum.golang.org/latest",
    "https://example.com/@someone/posts",
    "https://pypi.org/simple/",
    "https://registry.npmjs.org/-/npm/v1/security/audits",
    "https://registry.example/v2/",
    "https://index.docker.io/v1/search",
    "http://[x/@v/list",
    "not a url",
    "",
])  # fmt: skip
def test_other_urls_are_of_none(url):
    assert package_of(url) is None
