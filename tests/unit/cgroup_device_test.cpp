#include "cgroup/device_bpf.h"

#include <array>

#include "cgroup_fixture.h"

namespace sdcont {
namespace {

/// Runs the few instructions that the program is made of, as the kernel would.
bool run(const std::vector<bpf_insn>& program, const bpf_cgroup_dev_ctx& context) {
  std::array<uint64_t, 11> reg{};
  for (size_t pc = 0; pc < program.size(); ++pc) {
    const bpf_insn& in = program[pc];
    const auto imm = static_cast<uint64_t>(static_cast<int64_t>(in.imm));
    switch (in.code) {
      case BPF_LDX | BPF_MEM | BPF_W:
        reg[in.dst_reg] = in.off == 0 ? context.access_type : in.off == 4 ? context.major : context.minor;
        break;
      case BPF_ALU64 | BPF_MOV | BPF_X:
        reg[in.dst_reg] = reg[in.src_reg];
        break;
      case BPF_ALU | BPF_MOV | BPF_K:
        reg[in.dst_reg] = static_cast<uint32_t>(imm);
        break;
      case BPF_ALU | BPF_AND | BPF_K:
        reg[in.dst_reg] = static_cast<uint32_t>(reg[in.dst_reg] & imm);
        break;
      case BPF_ALU | BPF_RSH | BPF_K:
        reg[in.dst_reg] = static_cast<uint32_t>(reg[in.dst_reg]) >> imm;
        break;
      case BPF_JMP | BPF_JNE | BPF_K:
        pc += reg[in.dst_reg] != imm ? static_cast<size_t>(in.off) : 0;
        break;
      case BPF_JMP | BPF_JEQ | BPF_K:
        pc += reg[in.dst_reg] == imm ? static_cast<size_t>(in.off) : 0;
        break;
      case BPF_JMP | BPF_EXIT:
        return reg[0] != 0;
      default:
        ADD_FAILURE() << "unknown instruction " << int(in.code);
        return false;
    }
  }
  ADD_FAILURE() << "ran off the end";
  return false;
}

bool allowed(const std::vector<DeviceRule>& rules, char type, uint32_t major, uint32_t minor,
             const std::string& access) {
  uint32_t bits = 0;
  if (access.find('r') != std::string::npos) bits |= BPF_DEVCG_ACC_READ;
  if (access.find('w') != std::string::npos) bits |= BPF_DEVCG_ACC_WRITE;
  if (access.find('m') != std::string::npos) bits |= BPF_DEVCG_ACC_MKNOD;
  const uint32_t kind = type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR;
  return run(assemble_device_program(rules), {bits << 16 | kind, major, minor});
}

const DeviceRule kDenyAll{false, 'a', -1, -1, "rwm"};

TEST(DeviceProgram, NoRuleDenies) { EXPECT_FALSE(allowed({}, 'c', 1, 3, "r")); }

TEST(DeviceProgram, AllowAll) { EXPECT_TRUE(allowed({{true, 'a', -1, -1, "rwm"}}, 'b', 8, 0, "rwm")); }

TEST(DeviceProgram, OneDevice) {
  const std::vector<DeviceRule> rules = {kDenyAll, {true, 'c', 1, 3, "rw"}};
  EXPECT_TRUE(allowed(rules, 'c', 1, 3, "rw"));
  EXPECT_TRUE(allowed(rules, 'c', 1, 3, "r"));
  EXPECT_FALSE(allowed(rules, 'c', 1, 3, "m"));
  EXPECT_FALSE(allowed(rules, 'c', 1, 3, "rm"));
  EXPECT_FALSE(allowed(rules, 'c', 1, 5, "r"));
  EXPECT_FALSE(allowed(rules, 'c', 2, 3, "r"));
  EXPECT_FALSE(allowed(rules, 'b', 1, 3, "r"));
}

TEST(DeviceProgram, Wildcards) {
  const std::vector<DeviceRule> rules = {kDenyAll, {true, 'c', 136, -1, "rw"}, {true, 'b', -1, -1, "m"}};
  EXPECT_TRUE(allowed(rules, 'c', 136, 77, "rw"));
  EXPECT_TRUE(allowed(rules, 'b', 8, 1, "m"));
  EXPECT_FALSE(allowed(rules, 'b', 8, 1, "r"));
}

TEST(DeviceProgram, TheLastRuleDecidesBitByBit) {
  const std::vector<DeviceRule> rules = {kDenyAll, {true, 'c', 1, 3, "rwm"}, {false, 'c', 1, 3, "w"}};
  EXPECT_TRUE(allowed(rules, 'c', 1, 3, "r"));
  EXPECT_TRUE(allowed(rules, 'c', 1, 3, "rm"));
  EXPECT_FALSE(allowed(rules, 'c', 1, 3, "rw"));
  EXPECT_FALSE(allowed({{true, 'c', 1, 3, "rwm"}, kDenyAll}, 'c', 1, 3, "r"));
}

TEST(DeviceProgram, TwoRulesAddUp) {
  const std::vector<DeviceRule> rules = {kDenyAll, {true, 'c', 1, 3, "r"}, {true, 'c', 1, -1, "w"}};
  EXPECT_TRUE(allowed(rules, 'c', 1, 3, "rw"));
  EXPECT_FALSE(allowed(rules, 'c', 1, 5, "rw"));
}

}  // namespace
}  // namespace sdcont
