// The registry on loopback that the tests of fleet promote push to.
module customer-orgs.local/tools/registry

go 1.26.0

require github.com/google/go-containerregistry v0.22.1
