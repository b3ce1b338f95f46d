-- netanalyze's findings in Wireshark and tshark: what `netanalyze annotate` wrote on frames, as fields that can be filtered,
-- coloured and put into columns. `netanalyze wireshark install` puts this file where Wireshark looks for it.

local netanalyze = Proto("netanalyze", "netanalyze")
local cause = ProtoField.string("netanalyze.cause", "Cause")
local verdict = ProtoField.string("netanalyze.verdict", "Verdict")
local evidence = ProtoField.string("netanalyze.evidence", "Evidence")
local waiting_for = ProtoField.string("netanalyze.waiting_for", "Waiting for")
local waiting_time = ProtoField.string("netanalyze.waiting_time", "Waiting time")
netanalyze.fields = { verdict, cause, evidence, waiting_for, waiting_time }

local comments = Field.new("frame.comment")
local said = "No verdict was read yet: this capture bears none, or its frames were not looked at."

function netanalyze.dissector(_, pinfo, tree)
    local branch
    local function put(field, text)
        branch = branch or tree:add(netanalyze)
        branch:add(field, text):set_generated()
    end
    for _, comment in ipairs({ comments() }) do
        local text = tostring(comment)
        local id, shows = text:match("^(%l+/[%l%d%-]+): (.*)$")
        local wait, time = text:match("^waiting for (.-), (.-), of the ")
        local status, summary = text:match("^verdict (%l+): (.*)$")
        if status then
            said = status:upper() .. "  " .. summary
            put(verdict, said)
        elseif id then
            put(cause, id)
            put(evidence, shows)
        elseif wait then
            put(waiting_for, wait)
            put(waiting_time, time)
        end
    end
end

register_postdissector(netanalyze, true)

if gui_enabled() then
    local function shown()
        local window = TextWindow.new("netanalyze")
        window:set(said .. "\n\nFilters: netanalyze.verdict, netanalyze.cause, netanalyze.waiting_for")
    end
    local function coloured()
        set_color_filter_slot(1, "netanalyze.cause") -- for this session; View, Coloring Rules keeps one for good
    end
    register_menu("netanalyze: the verdict", shown, MENU_TOOLS_UNSORTED)
    register_menu("netanalyze: colour the frames that prove it", coloured, MENU_TOOLS_UNSORTED)
end
