# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the shell functions that run on a Linux server.

They need a POSIX shell, such as dash, the ash of busybox or bash 3, and the programs that POSIX describes. Neither the
locale nor the umask of the session is changed for a service that is started.

Each line of output begins with a token of this command and ends with a semicolon. Other lines are from login scripts,
and a terminal may have added a carriage return to each line.
"""

from __future__ import annotations

# @TOKEN@ is the token, @ROOT@ the folder below which the system is, empty outside of tests.
COMMON = r"""
T=@TOKEN@
R=@ROOT@
PATH=${PATH:-}:$R/sbin:$R/usr/sbin:/sbin:/usr/sbin:/bin:/usr/bin
export PATH
say() { printf '%s %s;\n' "$T" "$(printf %s "$*" | tr '\r\n' '  ')"; }
echo
"""

# The last line ends with E, which shows whether the last line of the file ends with a newline, and that all was read.
FILES = r"""
absent() {
  if [ -L "$1" ]; then return 1; fi
  case $(LC_ALL=C ls -d -- "$1" 2>&1) in *': No such file or directory') return 0;; esac
  return 1
}
read_file() {
  if absent "$1"; then say file absent; return; fi
  if ! w=$( { LC_ALL=C cat -- "$1" >/dev/null; } 2>&1 ); then say file unreadable "$w"; return; fi
  say file text
  { cat -- "$1" && echo E; } | LC_ALL=C sed "s/^/$T | /;s/\$/;/"
}
clock() { say clock "$(date +%s)"; }
machine() {
  say uuid "$(cat "$R/sys/class/dmi/id/product_uuid" 2>/dev/null)"
  for d in "$R"/sys/class/net/*/device; do
    if [ -e "$d" ]; then say mac "$(cat "${d%/device}/address" 2>/dev/null)"; fi
  done
}
"""

# The lock is a folder, since creating one is atomic. Its file tells who made it, and when by the server's clock.
# A lock without this file was just made, or its owner was killed: the next one that comes writes the time into it.
REPLACE = r"""
same() {
  if [ "$had" = no ]; then absent "$f"; return; fi
  # A shell leaves out null characters, which the size includes.
  [ "$(LC_ALL=C cat -- "$f" 2>/dev/null && echo E)" = "${old}E" ] && [ "$(($(wc -c < "$f")))" -eq "$size" ]
}
end() { say replace "$@"; exit 0; }
check() { same || end changed; }
held() { cat -- "$lock/held" 2>/dev/null; }
release() {
  rm -f -- "$new"
  case $(held) in "$mine"|'') rm -rf -- "$lock" 2>/dev/null || rm -rf -- "$lock";; esac
}
break_lock() {
  h=$(cat -- "$lock/held" "$lock/seen" 2>/dev/null)
  since=${h%% *}
  case $since in
    ''|*[!0-9]*)
      w=$( { date +%s > "$lock/seen"; } 2>&1 ) || end disk "$w"
      end locked 0;;
  esac
  age=$(($(date +%s) - since))
  if [ "$age" -le 300 ] && [ "$age" -ge -300 ]; then end locked "$age"; fi
  # Only one of those that see a stale lock can rename it. It may be a new one by now, which is put back.
  mv -- "$lock" "$lock.$$" 2>/dev/null || end locked 0
  if [ "$(cat -- "$lock.$$/held" "$lock.$$/seen" 2>/dev/null)" != "$h" ]; then
    mv -- "$lock.$$" "$lock"
    end locked 0
  fi
  rm -rf -- "$lock.$$"
  mkdir -- "$lock" 2>/dev/null || end locked 0
}
take_lock() {
  mine="$(date +%s) $$ $T"
  if ! w=$(mkdir -- "$lock" 2>&1); then
    if [ -d "$lock" ]; then break_lock; else end disk "$w"; fi
  fi
  trap release EXIT
  trap 'exit 1' HUP INT TERM PIPE
  w=$( { printf '%s\n' "$mine" > "$lock/held"; } 2>&1 ) || end disk "${w:-The lock cannot be written.}"
  [ "$(held)" = "$mine" ] || end disk 'The lock cannot be written.'
}
write_file() {
  w=$( { printf %s "$text" > "$new"; } 2>&1 ) || end disk "${w:-Not all of it was written.}"
  # Some shells do not report that the disk is full.
  [ "$(cat -- "$new" 2>/dev/null && echo E)" = "${text}E" ] || end disk 'Not all of it was written.'
  sync -- "$new" 2>/dev/null || sync 2>/dev/null
  [ "$(held)" = "$mine" ] || end locked 0
  w=$(mv -f -- "$new" "$f" 2>&1) || end disk "$w"
}
remove_file() {
  [ "$(held)" = "$mine" ] || end locked 0
  w=$(rm -f -- "$f" 2>&1) || end disk "$w"
}
replace_file() {
  umask 077
  new=$f.new lock=$f.lock
  if [ "$had" = yes ]; then
    absent "$f" && end changed
    w=$( { LC_ALL=C cat -- "$f" >/dev/null; } 2>&1 ) || end unreadable "$w"
  fi
  check
  if [ "$keep" = yes ]; then w=$(mkdir -p -- "$folder" 2>&1) || end disk "$w"; fi
  take_lock
  check
  if [ "$keep" = yes ]; then write_file; else remove_file; fi
  end 'done'
}
"""

# $m is the manager of a service, $s its state, and $w the words that tell more of it.
SERVICES = r"""
have() { command -v "$1" >/dev/null 2>&1; }
Q= L= S=
if timeout 1 true 2>/dev/null; then Q='timeout 60' L='timeout @LONGEST@'; fi
# A program that a script leaves in the background would end together with the terminal.
if have setsid; then S=setsid; fi
find_manager() {
  m=none
  if [ -d "$R/run/systemd/system" ] && have systemctl; then m=systemd
  elif [ -f "$R/etc/init/$1.conf" ] && have initctl; then m=upstart
  else
    for p in "$R/sbin/service" "$R/usr/sbin/service" "$R/etc/init.d/$1" "$R/etc/rc.d/init.d/$1"; do
      if [ -f "$p" ] && [ -x "$p" ]; then m=$p; break; fi
    done
    for p in "$R/etc/init.d" "$R/etc/rc.d/init.d" "$R/etc/init"; do
      if [ "$m" = none ] && [ -d "$p" ]; then m=missing; fi
    done
  fi
}
find_state() {
  find_manager "$1"
  s=unknown
  case $m in
    none) s=none w='';;
    missing) w="there is no such service in /etc/init.d, nor a program named service";;
    systemd)
      w=$(LC_ALL=C $Q systemctl show -p LoadState -p ActiveState "$1" 2>&1 </dev/null | tr '\r\n' '  ')
      case " $w " in *' LoadState=loaded '*) ;; *) return;; esac
      case " $w " in
        *' ActiveState=active '*) s=running;;
        *' ActiveState=inactive '*|*' ActiveState=failed '*) s=stopped;;
      esac;;
    upstart)
      w=$(LC_ALL=C $Q initctl status "$1" 2>&1 </dev/null | tr '\r\n' '  ')
      case $w in
        "$1 start/running "*|"$1 start/running, process "*) s=running;;
        "$1 stop/waiting "*) s=stopped;;
      esac;;
    */service) w=$(LC_ALL=C $Q "$m" "$1" status 2>&1 </dev/null); c=$?; find_code;;
    *) w=$(LC_ALL=C $Q "$m" status 2>&1 </dev/null); c=$?; find_code;;
  esac
}
find_code() {
  case $c in 0) s=running;; 3) s=stopped;; esac
  w="exit code $c of the status: $w"
}
state() { find_state "$1"; say state "$s" "$w"; }
# A program that a script starts keeps its output open, which may therefore not be a pipe.
act() {
  case $m in
    systemd) w=$($L systemctl --no-ask-password "$1" "$2" 2>&1 </dev/null);;
    upstart) w=$($L initctl "$1" "$2" 2>&1 </dev/null);;
    */service) w=; (cd / && $L $S "$m" "$2" "$1") >/dev/null 2>&1 </dev/null;;
    *) w=; (cd / && $L $S "$m" "$1") >/dev/null 2>&1 </dev/null;;
  esac
  c=$?
  a="exit code $c of $1: $w"
}
settle() {
  n=0
  find_state "$2"
  while [ "$c" = 0 ] && [ "$s" != "$1" ] && [ "$n" -lt @SETTLE@ ]; do
    sleep 1
    n=$((n + 1))
    find_state "$2"
  done
}
stop_service() {
  state "$1"
  if [ "$s" != running ]; then return; fi
  act stop "$1"
  settle stopped "$1"
  say after "$s" "$a; $w"
}
start_service() {
  state "$1"
  if [ "$s" = running ] || [ "$s" = none ]; then return; fi
  act start "$1"
  settle running "$1"
  say after "$s" "$a; $w"
}
"""
