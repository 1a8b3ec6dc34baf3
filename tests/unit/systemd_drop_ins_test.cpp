#include "systemd/drop_ins.h"

#include "cgroup_fixture.h"

namespace sdcont {
namespace {

using DropIns = FakeTree;

TEST_F(DropIns, OnlyThoseOfThePropertiesGo) {
  const std::string etc = "etc/systemd/system.control/web.slice.d/",
                    run = "run/systemd/system.control/web.slice.d/";
  write(etc + "50-CPUQuota.conf", "[Slice]\n");
  write(etc + "50-MemoryMax.conf", "[Slice]\n");
  write(etc + "50-CPUWeight.conf", "[Slice]\n");
  write(run + "50-CPUQuotaPeriodSec.conf", "[Slice]\n");
  remove_drop_ins(
      "web.slice",
      {{"MemoryMax", uint64_t{1}}, {"CPUQuotaPerSecUSec", uint64_t{1}}, {"CPUQuotaPeriodUSec", uint64_t{1}}},
      at(""));
  EXPECT_TRUE(std::filesystem::exists(at(etc + "50-CPUWeight.conf"))) << "somebody else's";
  EXPECT_FALSE(std::filesystem::exists(at(etc + "50-MemoryMax.conf")));
  EXPECT_FALSE(std::filesystem::exists(at(etc + "50-CPUQuota.conf")));
  EXPECT_FALSE(std::filesystem::exists(at(run))) << "it was empty";
}

}  // namespace
}  // namespace sdcont
