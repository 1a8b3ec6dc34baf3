#include "spec/spec_json.h"

#include <gtest/gtest.h>

#include "util/error.h"

namespace sdcont {
namespace {

TEST(SpecJson, WhatIsReadBackIsWhatWasWritten) {
  ContainerSpec spec;
  spec.id = std::string(64, 'a');
  spec.root = {Root::Kind::image, "/top", true, {"/top", "/base"}};
  spec.process.args = {"sh", "-c", "echo \"hi\"\n"};
  spec.process.env = {"A=1", "B=\xff\x80\xc3\xa9"};
  spec.process.nice = -5;
  spec.process.rlimits = {{"RLIMIT_NOFILE", 10, kUnlimited}};
  spec.mounts = {{"/data", "bind", "/volumes/x", {"rw"}, false, "x", true, true}};
  spec.devices = {{"/dev/fuse", "/dev/fuse", "rwm", 'c', 10, 229}};
  spec.device_rules = {{true, 'c', -1, 3, "r"}};
  spec.sysctl = {{"net.ipv4.ip_forward", "1"}};
  spec.resources = {{"memory/limit", uint64_t{128} << 20},
                    {"memory/swap", int64_t{-1}},
                    {"memory/disableOOMKiller", true},
                    {"unified/memory.high", std::string("max")},
                    {"blockIO/weightDevice", std::vector<DeviceValue>{{"/dev/vda", 8, 0, 500, "none"}}},
                    {"systemd/IPAddressDeny", std::vector<std::string>{"any"}}};
  spec.stop.run_timeout_usec = 5;
  spec.restart = {Restart::Policy::on_failure, 3};
  spec.layer_size = 64 << 20;
  spec.remove = true;
  spec.notify = Notify::supervisor;
  spec.split = true;

  const std::string text = spec_to_json(spec);
  const ContainerSpec read = spec_from_json(text);
  EXPECT_EQ(spec_to_json(read), text);
  EXPECT_EQ(read.process.env, spec.process.env) << "to the byte, though it is no UTF-8";
  EXPECT_EQ(read.process.nice, -5);
  EXPECT_EQ(read.resources, spec.resources);
  EXPECT_EQ(read.root.layers, spec.root.layers);
  EXPECT_EQ(read.mounts.at(0).volume, "x");
  EXPECT_EQ(read.devices.at(0).minor, 229U);
  EXPECT_EQ(read.device_rules.at(0).major, -1);
  EXPECT_EQ(read.stop.run_timeout_usec, 5U);
  EXPECT_EQ(read.restart, spec.restart);
  EXPECT_EQ(read.layer_size, spec.layer_size);
  EXPECT_TRUE(read.remove);
  EXPECT_EQ(read.notify, Notify::supervisor);
  EXPECT_TRUE(read.split);
}

TEST(SpecJson, WhatAnOlderVersionDidNotWriteHasItsDefault) {
  const ContainerSpec read = spec_from_json(R"({"id": "abc", "process": {"args": ["sh"]}})");
  EXPECT_EQ(read.process.args, std::vector<std::string>{"sh"});
  EXPECT_EQ(read.process.cwd, ContainerSpec().process.cwd);
  EXPECT_FALSE(read.systemd);
}

TEST(SpecJson, WhatIsNoSpecIsToldAsSuch) {
  EXPECT_THROW(spec_from_json("[]"), Error);
  EXPECT_THROW(spec_from_json(R"({"id": "abc", "process": []})"), Error);
  EXPECT_THROW(spec_from_json("{}"), Error);
  EXPECT_THROW(spec_from_json("{\"id\": 5"), Error);
}

}  // namespace
}  // namespace sdcont
