#!/usr/bin/python3
"""A fake org.freedesktop.systemd1 on a private bus, which fails in the way it is told to.

usage: fake_systemd.py --bus DIR [--cgroup DIR]... [--version TEXT] MODE [ARG]

Starts a dbus-daemon on DIR/bus, takes systemd's name there and prints the bus's address once it can be used,
for DBUS_SYSTEM_BUS_ADDRESS. Every call is logged to DIR/calls.json, one JSON list a line, values with their
D-Bus signatures. With --cgroup (once for each hierarchy) a scope is a directory DIR/UNIT there, into which
the processes are moved. Ends, with its bus, at SIGTERM. Needs python3-dbus, python3-gi and dbus-daemon.

  ok                        does what systemd does; the job's signal follows the answer
  early-signal              the job's signal precedes the answer
  unit-exists-failed        the first unit asked for exists already, failed; ResetFailedUnit clears it
  unit-exists-active        … and is active
  unit-exists-leaving MSEC  … and is being stopped; it is gone after so many milliseconds
  unknown-property NAME     refuses NAME as a systemd does that is too old for it
  job-failed [RESULT]       the job ends with RESULT (failed) and the scope with it
  job-timeout-late SECONDS  the job is done so much later
  job-lost                  the job is done, but its signal is never sent
  no-reply                  never answers StartTransientUnit
  disconnect before|after   executes itself anew, as systemctl daemon-reexec does, before or after the start
  wrong-cgroup              the job is done, but the processes stay where they are
  access-denied             refuses everything that changes something
"""
import argparse
import ctypes
import json
import os
import signal
import subprocess
import sys
import time

import dbus
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

NAME = "org.freedesktop.systemd1"
ROOT = "/org/freedesktop/systemd1"
MANAGER = NAME + ".Manager"
UNIT = NAME + ".Unit"
PROPERTIES = "org.freedesktop.DBus.Properties"
DBUS_ERROR = "org.freedesktop.DBus.Error."

BUS_CONFIG = """<busconfig><listen>unix:path=%s/bus</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_type="method_call"/>
<allow send_type="signal"/><allow send_requested_reply="true" send_type="method_return"/>
<allow send_requested_reply="true" send_type="error"/><allow receive_type="method_call"/>
<allow receive_type="method_return"/><allow receive_type="error"/><allow receive_type="signal"/></policy>
</busconfig>
"""


def failure(name, text):
    return dbus.exceptions.DBusException(text, name=name)


def plain(value):
    """A D-Bus value as [signature, value] with plain Python values."""
    def strip(item):
        if isinstance(item, dbus.Boolean):
            return bool(item)
        if isinstance(item, (int, str)):
            return type(item).__mro__[-2](item)
        return [strip(element) for element in item]

    def signature(item):
        kinds = {dbus.Boolean: "b", dbus.Byte: "y", dbus.Int32: "i", dbus.UInt32: "u", dbus.UInt64: "t",
                 dbus.String: "s", dbus.ObjectPath: "o"}
        if isinstance(item, dbus.Array):
            return "a" + str(item.signature)
        return kinds[type(item)]
    return [signature(value), strip(value)]


def runs(pid):
    try:
        with open("/proc/%d/stat" % pid, encoding="utf-8", errors="replace") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def object_path(unit):
    return ROOT + "/unit/" + "".join(c if c.isalnum() else "_%02x" % ord(c) for c in unit)


class UnitObject(dbus.service.Object):
    def __init__(self, manager, name):
        super().__init__(manager.bus, object_path(name))
        self.manager, self.name = manager, name

    @dbus.service.method(PROPERTIES, in_signature="ss", out_signature="v")
    def Get(self, _interface, name):
        self.manager.log("Get", self.name, name)
        if self.name not in self.manager.units:
            raise failure(DBUS_ERROR + "UnknownObject", "Unknown object '%s'." % object_path(self.name))
        unit = self.manager.units[self.name]
        if name == "ActiveState":
            return unit["state"]
        if name == "Job":
            job = unit["job"]
            return dbus.Struct((dbus.UInt32(job), dbus.ObjectPath("%s/job/%d" % (ROOT, job) if job else "/")))
        raise failure(DBUS_ERROR + "UnknownProperty", "Unknown property " + name)


class Manager(dbus.service.Object):
    def __init__(self, bus, options, units):
        self.bus, self.options, self.units, self.objects = bus, options, {}, {}
        self.mode, self.argument = options.mode, options.argument
        self.next_job = 100
        super().__init__(bus, ROOT)
        for name, unit in units.items():
            self.load(name, unit["state"], unit["pids"])

    def log(self, *call):
        with open(self.options.bus + "/calls.json", "a", encoding="utf-8") as calls:
            calls.write(json.dumps(call) + "\n")

    def load(self, name, state, pids=()):
        self.units[name] = {"state": state, "job": 0, "pids": list(pids)}
        # it outlives its unit, to say of one that has gone what systemd says and not what dbus-python does
        if name not in self.objects:
            self.objects[name] = UnitObject(self, name)

    def unload(self, name):
        if self.units.pop(name, None) is not None:
            for hierarchy in self.options.cgroup:
                try:
                    os.rmdir(os.path.join(hierarchy, name))
                except OSError:
                    pass
        return False

    def collect(self):
        for name, unit in list(self.units.items()):
            if unit["state"] == "active" and unit["pids"] and not any(runs(pid) for pid in unit["pids"]):
                self.unload(name)

    def find(self, name):
        self.collect()
        if name not in self.units:
            raise failure(NAME + ".NoSuchUnit", "Unit %s not loaded." % name)
        return self.units[name]

    def attach(self, name):
        for hierarchy in self.options.cgroup:
            directory = os.path.join(hierarchy, name)
            os.makedirs(directory, exist_ok=True)
            for pid in self.units[name]["pids"]:
                with open(os.path.join(directory, "cgroup.procs"), "w", encoding="ascii") as procs:
                    procs.write("%d\n" % pid)

    def new_job(self, name):
        self.next_job += 1
        self.units[name]["job"] = self.next_job
        return self.next_job

    def end_job(self, name, job, result, send=True):
        unit = self.units.get(name)
        if unit is not None:
            unit["job"] = 0
        if send:
            self.JobRemoved(job, "%s/job/%d" % (ROOT, job), name, result)
        if result not in ("done", "canceled"):
            self.unload(name)
        return False

    def execute_anew(self):
        with open(self.options.bus + "/units.json", "w", encoding="utf-8") as units:
            json.dump(self.units, units)
        command = [sys.executable, os.path.abspath(__file__), "--resume", str(self.options.daemon), "--bus",
                   self.options.bus, "--version", self.options.version]
        for hierarchy in self.options.cgroup:
            command += ["--cgroup", hierarchy]
        os.execv(sys.executable, command + ["ok"])

    def refuse_changes(self):
        if self.mode == "access-denied":
            raise failure(DBUS_ERROR + "InteractiveAuthorizationRequired",
                          "Interactive authentication required.")

    def check_properties(self, properties):
        for name, _value in properties:
            if self.mode == "unknown-property" and name == self.argument:
                raise failure(DBUS_ERROR + "PropertyReadOnly",
                              "Cannot set property %s, or unknown property." % name)

    def plant(self, name):
        """The unit that is in the way, once."""
        states = {"unit-exists-failed": "failed", "unit-exists-active": "active",
                  "unit-exists-leaving": "deactivating"}
        if self.mode not in states:
            return
        self.load(name, states[self.mode])
        if self.mode == "unit-exists-leaving":
            GLib.timeout_add(int(self.argument), self.unload, name)
        self.mode = "ok"

    @dbus.service.signal(MANAGER, signature="uoss")
    def JobRemoved(self, job, path, unit, result):
        self.log("JobRemoved", int(job), str(path), str(unit), str(result))

    @dbus.service.method(MANAGER, in_signature="ssa(sv)a(sa(sv))", out_signature="o",
                         async_callbacks=("answer", "refuse"))
    def StartTransientUnit(self, name, mode, properties, _aux, answer, refuse):
        name = str(name)
        self.log("StartTransientUnit", name, str(mode), {str(key): plain(value) for key, value in properties})
        try:
            self.refuse_changes()
            self.check_properties(properties)
            self.plant(name)
            self.collect()
            if name in self.units:
                raise failure(NAME + ".UnitExists",
                              "Unit %s was already loaded or has a fragment file." % name)
        except dbus.exceptions.DBusException as error:
            return refuse(error)
        if self.mode == "no-reply":
            return None
        if self.mode == "disconnect" and self.argument == "before":
            self.execute_anew()
        self.load(name, "inactive", [int(pid) for key, pids in properties if key == "PIDs" for pid in pids])
        job = self.new_job(name)
        path = dbus.ObjectPath("%s/job/%d" % (ROOT, job))

        def finish():
            self.units[name]["state"] = "active"
            if self.mode != "wrong-cgroup":
                self.attach(name)
            return self.end_job(name, job, "done", send=self.mode != "job-lost")

        if self.mode == "disconnect":
            finish()
            self.execute_anew()
        if self.mode == "early-signal":
            finish()
            return answer(path)
        answer(path)
        if self.mode == "job-failed":
            GLib.timeout_add(5, self.end_job, name, job, self.argument or "failed")
        else:
            late = float(self.argument) if self.mode == "job-timeout-late" else 0.001
            GLib.timeout_add(int(late * 1000), finish)
        return None

    @dbus.service.method(MANAGER, in_signature="ss", out_signature="o")
    def StopUnit(self, name, mode):
        name = str(name)
        self.log("StopUnit", name, str(mode))
        self.refuse_changes()
        unit = self.find(name)
        unit["state"] = "deactivating"
        job = self.new_job(name)
        for pid in unit["pids"]:
            if runs(pid):
                os.kill(pid, signal.SIGTERM)

        def poll():
            if any(runs(pid) for pid in unit["pids"]):
                return True
            self.end_job(name, job, "done", send=self.mode != "job-lost")
            return self.unload(name)

        GLib.timeout_add(5, poll)
        return dbus.ObjectPath("%s/job/%d" % (ROOT, job))

    @dbus.service.method(MANAGER, in_signature="s")
    def ResetFailedUnit(self, name):
        self.log("ResetFailedUnit", str(name))
        self.refuse_changes()
        if self.find(name)["state"] == "failed":
            self.unload(str(name))

    @dbus.service.method(MANAGER, in_signature="sba(sv)")
    def SetUnitProperties(self, name, runtime, properties):
        self.log("SetUnitProperties", str(name), bool(runtime),
                 {str(key): plain(value) for key, value in properties})
        self.refuse_changes()
        self.find(name)
        self.check_properties(properties)

    @dbus.service.method(MANAGER, in_signature="s", out_signature="o")
    def GetUnit(self, name):
        self.log("GetUnit", str(name))
        self.find(name)
        return dbus.ObjectPath(object_path(name))

    @dbus.service.method(MANAGER, in_signature="s", out_signature="o")
    def LoadUnit(self, name):
        self.log("LoadUnit", str(name))
        self.collect()
        if name not in self.units:
            self.load(str(name), "inactive")
        return dbus.ObjectPath(object_path(name))

    @dbus.service.method(MANAGER, in_signature="u", out_signature="o")
    def GetUnitByPID(self, pid):
        self.log("GetUnitByPID", int(pid))
        self.collect()
        for name, unit in self.units.items():
            if int(pid) in unit["pids"]:
                return dbus.ObjectPath(object_path(name))
        raise failure(NAME + ".NoUnitForPID", "PID %d does not belong to any loaded unit." % pid)

    @dbus.service.method(PROPERTIES, in_signature="ss", out_signature="v")
    def Get(self, _interface, name):
        self.log("Get", str(name))
        if name == "Version":
            return self.options.version
        raise failure(DBUS_ERROR + "UnknownProperty", "Unknown property " + name)


def start_bus(directory):
    config = os.path.join(directory, "bus.conf")
    with open(config, "w", encoding="utf-8") as file:
        file.write(BUS_CONFIG % directory)
    libc = ctypes.CDLL(None)
    command = ["dbus-daemon", "--config-file=" + config, "--nofork", "--nopidfile", "--print-address"]
    daemon = subprocess.Popen(command, stdout=subprocess.PIPE,
                              preexec_fn=lambda: libc.prctl(1, signal.SIGKILL))  # PR_SET_PDEATHSIG
    if not daemon.stdout.readline():
        raise SystemExit("fake_systemd.py: dbus-daemon did not start")
    return daemon.pid


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bus", required=True)
    parser.add_argument("--cgroup", action="append", default=[])
    parser.add_argument("--version", default="252.38-1~deb12u1")
    parser.add_argument("--resume", dest="daemon", type=int, help="bus that a former self has started")
    parser.add_argument("mode")
    parser.add_argument("argument", nargs="?")
    options = parser.parse_args()

    units = {}
    resumed = options.daemon is not None
    address = "unix:path=%s/bus" % options.bus
    if not resumed:
        options.daemon = start_bus(options.bus)
    else:
        time.sleep(0.3)
        with open(options.bus + "/units.json", encoding="utf-8") as file:
            units = json.load(file)
        for unit in units.values():
            unit["state"] = "active"

    dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
    bus = dbus.bus.BusConnection(address)
    manager = Manager(bus, options, units)
    bus.request_name(NAME)
    loop = GLib.MainLoop()
    GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, signal.SIGTERM, loop.quit)
    if not resumed:
        os.write(1, (address + "\n").encode())  # at once: a reader may take the first piece and go
    loop.run()
    for name in list(manager.units):
        manager.unload(name)
    os.kill(options.daemon, signal.SIGTERM)
    os.waitpid(options.daemon, 0)


if __name__ == "__main__":
    main()
