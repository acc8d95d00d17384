module clients

go 1.22

require (
	github.com/DependencyTrack/client-go v0.18.0
	github.com/google/uuid v1.3.0 // indirect
	golang.org/x/mod v0.20.0 // indirect
)
