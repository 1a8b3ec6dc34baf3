#include "cgroup/device_bpf.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>

#include "util/error.h"
#include "util/fd.h"
#include "util/file.h"

namespace sdcont {
namespace {

// The registers; 1 comes in with the context, 0 goes out with the answer.
constexpr uint8_t kAnswer = BPF_REG_0;
constexpr uint8_t kContext = BPF_REG_1;
constexpr uint8_t kType = BPF_REG_2;
constexpr uint8_t kAccess = BPF_REG_3;  ///< the bits that no rule has allowed yet
constexpr uint8_t kMajor = BPF_REG_4;
constexpr uint8_t kMinor = BPF_REG_5;
constexpr uint8_t kScratch = BPF_REG_6;
constexpr int32_t kAllAccess = BPF_DEVCG_ACC_MKNOD | BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE;

bpf_insn load_context(uint8_t target, size_t offset) {
  return {BPF_LDX | BPF_MEM | BPF_W, target, kContext, static_cast<int16_t>(offset), 0};
}
bpf_insn move(uint8_t target, uint8_t source) { return {BPF_ALU64 | BPF_MOV | BPF_X, target, source, 0, 0}; }
bpf_insn compute(uint8_t operation, uint8_t target, int32_t value) {
  return {static_cast<uint8_t>(BPF_ALU | operation | BPF_K), target, 0, 0, value};
}
bpf_insn jump_if(uint8_t condition, uint8_t reg, int32_t value, int16_t distance) {
  return {static_cast<uint8_t>(BPF_JMP | condition | BPF_K), reg, 0, distance, value};
}
bpf_insn leave() { return {BPF_JMP | BPF_EXIT, 0, 0, 0, 0}; }

int32_t access_bits(const DeviceRule& rule) {
  int32_t bits = 0;
  for (const char c : rule.access) {
    if (c == 'r') bits |= BPF_DEVCG_ACC_READ;
    if (c == 'w') bits |= BPF_DEVCG_ACC_WRITE;
    if (c == 'm') bits |= BPF_DEVCG_ACC_MKNOD;
  }
  return bits;
}

/// What is done once the device is the rule's: the rule's access bits are denied, or struck off those asked
/// for.
std::vector<bpf_insn> verdict(const DeviceRule& rule) {
  const int32_t bits = access_bits(rule);
  if (rule.allow) {
    return {compute(BPF_AND, kAccess, kAllAccess & ~bits), jump_if(BPF_JNE, kAccess, 0, 2),
            compute(BPF_MOV, kAnswer, 1), leave()};
  }
  return {move(kScratch, kAccess), compute(BPF_AND, kScratch, bits), jump_if(BPF_JEQ, kScratch, 0, 2),
          compute(BPF_MOV, kAnswer, 0), leave()};
}

std::vector<bpf_insn> assemble_rule(const DeviceRule& rule) {
  const std::vector<bpf_insn> body = verdict(rule);
  std::vector<bpf_insn> tests;
  if (rule.type != 'a') {
    tests.push_back(jump_if(BPF_JNE, kType, rule.type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR, 0));
  }
  if (rule.major >= 0) tests.push_back(jump_if(BPF_JNE, kMajor, static_cast<int32_t>(rule.major), 0));
  if (rule.minor >= 0) tests.push_back(jump_if(BPF_JNE, kMinor, static_cast<int32_t>(rule.minor), 0));
  for (size_t i = 0; i < tests.size(); ++i)
    tests[i].off = static_cast<int16_t>(tests.size() - i - 1 + body.size());
  tests.insert(tests.end(), body.begin(), body.end());
  return tests;
}

int bpf(bpf_cmd command, bpf_attr& attributes) {
  return static_cast<int>(syscall(SYS_bpf, command, &attributes, sizeof(attributes)));
}

[[noreturn]] void throw_bpf(const std::string& doing, int error) {
  const Error failed(doing, error);
  if (error == EPERM)
    throw failed.remedy("device rules on cgroup v2 need CAP_BPF or CAP_SYS_ADMIN; run as root");
  if (error == EINVAL || error == ENOSYS) throw failed.remedy("the kernel needs CONFIG_CGROUP_BPF=y");
  if (error == E2BIG)
    throw failed.remedy("64 programs are attached to the cgroup already, or there are too many rules");
  throw Error(failed);
}

Fd load_program(const std::vector<bpf_insn>& program) {
  static constexpr char kLicense[] = "Apache-2.0";
  bpf_attr attributes{};
  attributes.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  attributes.insns = reinterpret_cast<uintptr_t>(program.data());
  attributes.insn_cnt = static_cast<uint32_t>(program.size());
  attributes.license = reinterpret_cast<uintptr_t>(kLicense);
  Fd fd(bpf(BPF_PROG_LOAD, attributes));
  if (!fd) throw_bpf("cannot load the container's device rules into the kernel", errno);
  return fd;
}

}  // namespace

std::vector<bpf_insn> assemble_device_program(const std::vector<DeviceRule>& rules) {
  // access_type is (access << 16) | type
  std::vector<bpf_insn> program = {
      load_context(kType, offsetof(bpf_cgroup_dev_ctx, access_type)),
      move(kAccess, kType),
      compute(BPF_AND, kType, 0xffff),
      compute(BPF_RSH, kAccess, 16),
      load_context(kMajor, offsetof(bpf_cgroup_dev_ctx, major)),
      load_context(kMinor, offsetof(bpf_cgroup_dev_ctx, minor)),
  };
  for (size_t i = rules.size(); i-- > 0;) {
    const auto code = assemble_rule(rules[i]);
    program.insert(program.end(), code.begin(), code.end());
  }
  program.push_back(compute(BPF_MOV, kAnswer, 0));
  program.push_back(leave());
  return program;
}

void attach_device_rules(const std::string& directory, const std::vector<DeviceRule>& rules) {
  const Fd cgroup = open_file(directory, O_RDONLY | O_DIRECTORY);
  const Fd program = load_program(assemble_device_program(rules));
  bpf_attr attributes{};
  attributes.target_fd = static_cast<uint32_t>(cgroup.get());
  attributes.attach_bpf_fd = static_cast<uint32_t>(program.get());
  attributes.attach_type = BPF_CGROUP_DEVICE;
  // others' programs on the cgroup, or on those above, stay; all of them must agree
  attributes.attach_flags = BPF_F_ALLOW_MULTI;
  if (bpf(BPF_PROG_ATTACH, attributes) != 0) throw_bpf("cannot attach device rules to " + directory, errno);
}

}  // namespace sdcont
