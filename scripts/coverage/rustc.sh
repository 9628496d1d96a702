#!/bin/sh
# Cargo's RUSTC_WORKSPACE_WRAPPER: compiles the gateway with counters, and the simulation, into
# which its generic functions are compiled. Dependencies stay what they are for every other command.
case "$CARGO_PKG_NAME" in
  fitting-room | simulation) exec "$@" -C instrument-coverage ;;
  *) exec "$@" ;;
esac
