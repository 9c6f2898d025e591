# shellcheck shell=bash source-path=SCRIPTDIR
# Run by a user without rights: docs/writing-a-stage.md with nothing but the packages.
source "${0%/*}/common.sh"
cd
esteira plugin new loyalty
cd loyalty
cmake --preset default
cmake --build --preset default
ctest --preset default
esteira plugin try build/plugins/loyalty.so --order order.json

cp -r /usr/share/doc/esteira-sdk/examples/loyalty ~/example
cmake -G Ninja -S ~/example -B ~/example/build
cmake --build ~/example/build
ctest --test-dir ~/example/build --output-on-failure
