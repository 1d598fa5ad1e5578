# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: runs PowerShell on a Windows server and reads what it returns.

Each operation is one command. Neither a module nor another collection is needed.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.servers import _shell
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.servers._shell import ServerError

# The connection plugin psrp runs a script that begins like this in its own session, without starting PowerShell again.
_POWERSHELL = "PowerShell -NoProfile -NonInteractive -ExecutionPolicy Unrestricted -EncodedCommand"
# The request is JSON in Base64, so that no text in it can become a part of the script. The lock is a file that no other
# process can open at the same time, and that Windows removes when the process ends.
_SCRIPT = r"""
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$response = @{}
function Read-Text($path) { if (Test-Path -LiteralPath $path) { [IO.File]::ReadAllText($path) } }
function Find-Service($name) { Get-Service -Name ([WildcardPattern]::Escape([string]$name)) }
function Find-States($names) {
  $states = @{}
  foreach ($name in $names) {
    try { $states[$name] = [string](Find-Service $name).Status } catch { $states[$name] = [string]$_ }
  }
  $states
}
function Find-Seconds { [Math]::Floor(([DateTime]::UtcNow - [DateTime]'1970-01-01').TotalSeconds) }
function Set-Text($path, $expected, $text) {
  if (-not [Object]::Equals((Read-Text $path), $expected)) { 'changed'; return }
  $folder = [IO.Path]::GetDirectoryName($path)
  $lock = $path + '.lock'
  try {
    if ($null -ne $text) { [void][IO.Directory]::CreateDirectory($folder) }
    $held = New-Object IO.FileStream $lock, 'OpenOrCreate', 'ReadWrite', 'None', 1, 'DeleteOnClose'
  } catch {
    if (Test-Path -LiteralPath $lock) { 'locked'; return }
    'disk ' + $_; return
  }
  try {
    if (-not [Object]::Equals((Read-Text $path), $expected)) { 'changed'; return }
    if ($null -eq $text) { Remove-Item -LiteralPath $path -Force }
    else {
      [IO.File]::WriteAllText($path + '.new', $text)
      if ($null -eq $expected) { [IO.File]::Move($path + '.new', $path) }
      else { [IO.File]::Replace($path + '.new', $path, [NullString]::Value) }
    }
    'done'
  } catch { 'disk ' + $_ } finally { $held.Close() }
}
try {
  $request = [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String('@REQUEST@')) | ConvertFrom-Json
  switch ($request.operation) {
    { $_ -in 'read', 'survey' } { $response.text = Read-Text $request.path }
    { $_ -in 'states', 'survey' } { $response.states = Find-States $request.names }
    { $_ -in 'machine', 'survey' } { $response.uuid = [string](Get-WmiObject Win32_ComputerSystemProduct).UUID }
    { $_ -in 'clock', 'survey' } { $response.now = Find-Seconds }
    'replace' { $response.outcome = [string](Set-Text $request.path $request.expected $request.text) }
    'stop' {
      $service = Find-Service $request.names[0]
      Stop-Service -InputObject $service -Force:$false
      $service.WaitForStatus('Stopped', [TimeSpan]::FromSeconds(30))
    }
    'start' {
      $service = Find-Service $request.names[0]
      Start-Service -InputObject $service
      $service.WaitForStatus('Running', [TimeSpan]::FromSeconds(30))
    }
  }
} catch { $response.failed = $true; $response.msg = [string]$_ }
ConvertTo-Json -Compress -InputObject $response
"""


class PowerShell:
    """Files, clock and identity of a server with PowerShell.

    :param action: its connection runs the commands.
    """

    def __init__(self, action: ActionBase) -> None:
        self._action = action

    def machine_id(self) -> str:
        """Return the UUID of the machine; empty if it has none of its own."""
        return machine_id_from(self.request("The machine cannot be identified", operation="machine"))

    def now(self) -> float:
        """Return the time of the server's clock, in seconds since the epoch."""
        return now_from(self.request("The clock cannot be read", operation="clock"))

    def read(self, path: str) -> str | None:
        """Return the content of a file; None if there is none.

        :raises ServerError: the file cannot be read.
        """
        text = self.request(f"{path} cannot be read", operation="read", path=path).get("text")
        return None if text is None else str(text)

    def replace(self, path: str, expected: str | None, text: str | None) -> None:
        """Replace a file if it still has a certain content: see :meth:`_shell.Posix.replace`."""
        problem = f"It is not known whether {path} was written"
        response = self.request(problem, operation="replace", path=path, expected=expected, text=text)
        _shell.raise_unless_replaced(path, str(response.get("outcome", "")))

    def request(self, problem: str, **request: Any) -> dict[str, Any]:
        """Run the script for a request, and return its response.

        :param problem: the beginning of the message of an error.
        :raises ServerError: the operation failed.
        """
        script = _SCRIPT.replace("@REQUEST@", base64.b64encode(json.dumps(request).encode()).decode())
        encoded = base64.b64encode(script.encode("utf-16-le")).decode()
        result = _shell.execute(self._action, f"{_POWERSHELL} {encoded}", sudoable=False)
        lines = [line for line in str(result.get("stdout", "")).splitlines() if line.strip().startswith("{")]
        try:
            response = json.loads(lines[-1])
        except (IndexError, ValueError):
            raise ServerError(f"{problem}: {_shell.failure(result)}") from None
        if response.get("failed"):
            raise ServerError(f"{problem}: {_shell.in_one_line(str(response.get('msg')))}")
        return dict(response)


def machine_id_from(response: Mapping[str, Any]) -> str:
    """Return the UUID of the machine in a response; empty if it has none of its own."""
    return _shell.machine_id_from([_shell.Line("uuid", str(response.get("uuid")))])


def now_from(response: Mapping[str, Any]) -> float:
    """Return the server's time in a response, in seconds since the epoch.

    :raises ServerError: there is none.
    """
    now = response.get("now")
    if not isinstance(now, (int, float)):
        raise ServerError("The server's clock cannot be read.")
    return float(now)
