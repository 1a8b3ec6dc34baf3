#include "cli/container_inspect.h"

#include <nlohmann/json.hpp>

#include "rootfs_fixture.h"
#include "state/store.h"

namespace sdcont {
namespace {

class ContainerInspectTest : public RootDirectory {
 protected:
  ContainerInspectTest() : store_({(top() / "lib").string(), (top() / "run").string()}) {
    record_.id = std::string(64, '1');
    record_.name = "web";
    store_.create(record_);
  }

  Store store_;
  Record record_;
};

TEST_F(ContainerInspectTest, WhatHasNoSpecIsStillShown) {
  EXPECT_EQ(inspect_container(record_, store_, false).at("Name"), "/web");
}

TEST_F(ContainerInspectTest, WhatIsRemovedMeanwhileIsGone) {
  store_.remove(record_);
  EXPECT_EQ(error_of([&] { inspect_container(record_, store_, false); }), "container web is gone");
}

}  // namespace
}  // namespace sdcont
